/** How long to wait between tries, in milliseconds. */
export interface BackoffOptions {
  /**
   * The longest wait before the first new try; it doubles with each failure.
   *
   * @default 500
   */
  readonly firstMs?: number
  /**
   * The longest wait before any try.
   *
   * @default 15_000
   */
  readonly maxMs?: number
}

/**
 * How long to wait before each next try: longer and longer, and never two clients in step ("full jitter", Brooker,
 * "Exponential Backoff And Jitter", 2015).
 */
export class Backoff {
  readonly #options: Required<BackoffOptions>
  readonly #random: () => number
  #failures = 0

  constructor(options: Required<BackoffOptions>, random: () => number) {
    this.#options = options
    this.#random = random
  }

  /** Milliseconds until the next try. */
  next(): number {
    const { firstMs, maxMs } = this.#options
    return this.#random() * Math.min(maxMs, firstMs * 2 ** this.#failures++)
  }

  /** A connection was good for a while. */
  reset(): void {
    this.#failures = 0
  }
}
