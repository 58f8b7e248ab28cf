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
 * Milliseconds until the next try after `failures` others: longer and longer, and never two clients in step ("full
 * jitter", Brooker, "Exponential Backoff And Jitter", 2015).
 */
export function backoffMs(
  { firstMs, maxMs }: Required<BackoffOptions>,
  failures: number,
  random: () => number,
): number {
  return random() * Math.min(maxMs, firstMs * 2 ** failures)
}
