import type { Clock } from '@livestore-kv/core'
import type { WireLimits } from '@livestore-kv/core/protocol'

/** Requests sent apart may arrive together: so much of the server's burst is used, and the rest is slack. */
const SHARE = 0.8

/** Keeps requests within the rate that the server announced: a token bucket like the server's own. */
export class Pace {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  constructor(clock: Clock, { requestsPerSecond, requestBurst }: WireLimits) {
    this.#clock = clock
    this.#perMs = requestsPerSecond / 1_000
    this.#burst = Math.max(1, Math.floor(requestBurst * SHARE))
    this.#tokens = this.#burst
    this.#filledAt = clock.now()
  }

  /** `0`, and the request counts; or how many milliseconds later one may be sent. */
  take(): number {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / this.#perMs)
    this.#tokens--
    return 0
  }
}
