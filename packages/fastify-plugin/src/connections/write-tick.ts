/** Runs what was put off once per turn of the event loop: frames of one tick share one write per connection. */
export class WriteTick {
  readonly #due = new Set<() => void>()
  readonly #onError: (error: unknown) => void
  #scheduled = false

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Runs `flush` at the end of this turn; once, however often it is asked for. */
  schedule(flush: () => void): void {
    this.#due.add(flush)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    this.#scheduled = false
    const due = [...this.#due]
    this.#due.clear()
    for (const flush of due) {
      try {
        flush()
      } catch (error) {
        // A connection that cannot be written to harms no other.
        this.#onError(error)
      }
    }
  }
}
