import type { Clock } from '@livestore-kv/core'

/**
 * Lets `burst` requests through at once and `perSecond` on average. Whoever asks on while it is empty goes into
 * debt, and waits for longer.
 */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#filledAt = clock.now()
  }

  /** `0` if the request may pass, or how many milliseconds later it may. */
  take(): number {
    const now = this.#clock.now()
    const earned = (Math.max(0, now - this.#filledAt) / 1_000) * this.#perSecond
    this.#tokens = Math.min(this.#burst, this.#tokens + earned)
    this.#filledAt = now
    this.#tokens = Math.max(-this.#burst, this.#tokens - 1)
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#perSecond) * 1_000)
  }

  /** Whether as much was asked for in debt as a whole burst. */
  get isFlooded(): boolean {
    return this.#tokens <= -this.#burst
  }
}
