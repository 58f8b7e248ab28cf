/** How often one entry was restarted of late. */
export class Restarts {
  readonly #intensity: number
  readonly #periodMs: number
  #times: number[] = []

  constructor({ intensity, periodMs }: { readonly intensity: number; readonly periodMs: number }) {
    this.#intensity = intensity
    this.#periodMs = periodMs
  }

  /** Whether one more is allowed at `now` (milliseconds since 1970); then it counts. */
  isAllowed(now: number): boolean {
    this.#times = this.#times.filter((time) => time > now - this.#periodMs)
    if (this.#times.length >= this.#intensity) return false
    this.#times.push(now)
    return true
  }
}
