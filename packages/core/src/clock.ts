/** Where time comes from: XState's `Clock` plus `now`. Injected, so that tests own time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}
