const FIRST_MS = 500
const LONGEST_MS = 15_000

/**
 * How long to wait before each next try: longer and longer, and never two clients in step ("full jitter", Brooker,
 * "Exponential Backoff And Jitter", 2015).
 */
export class Backoff {
  #attempts = 0

  /** Milliseconds until the next try. */
  next(): number {
    return Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempts++)
  }

  /** A try succeeded. */
  reset(): void {
    this.#attempts = 0
  }
}
