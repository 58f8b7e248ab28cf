/** Where time comes from: XState's `Clock` plus `now`. Injected, so that tests own time. */
export interface Clock {
  /** Milliseconds since 1970; never less than before, or what waits would wait longer. */
  now(): number
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}
