import type { Clock } from '@livestore-kv/core'
import type { WireLimits } from '@livestore-kv/core/protocol'

/** Requests sent apart may arrive together: so much of the server's burst is used, and the rest is slack. */
const SHARE = 0.8

/**
 * Keeps requests within the rate that the server announced: lets through what a token bucket like the server's own would,
 * by the time at which the next request is due (the "generic cell rate algorithm", ITU-T I.371).
 */
export class Pace {
  readonly #clock: Clock
  readonly #intervalMs: number
  /** How much earlier than it is due a request may be sent. */
  readonly #slackMs: number
  #dueAt = 0

  constructor(clock: Clock, { requestsPerSecond, requestBurst }: WireLimits) {
    this.#clock = clock
    this.#intervalMs = 1_000 / requestsPerSecond
    this.#slackMs = this.#intervalMs * Math.max(0, Math.floor(requestBurst * SHARE) - 1)
  }

  /** `0`, and the request counts; or how many milliseconds later one may be sent. */
  take(): number {
    const now = this.#clock.now()
    // Never later than one interval from now, if the clock was set back.
    this.#dueAt = Math.min(Math.max(this.#dueAt, now - this.#slackMs), now + this.#intervalMs)
    if (this.#dueAt > now) return Math.ceil(this.#dueAt - now)
    this.#dueAt += this.#intervalMs
    return 0
  }
}
