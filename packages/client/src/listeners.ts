/** Who is told of something; one that throws or rejects hurts nobody else. */
export class Listeners<A extends readonly unknown[]> {
  readonly #listeners = new Set<{ readonly call: (...told: A) => unknown }>()
  readonly #onError: (error: unknown) => void
  /** What is to be told: what happens while something is told is told after it. */
  #told: A[] = []

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Tells `call` from now on; answers a function that ends it. */
  add(call: (...told: A) => unknown): () => void {
    // Wrapped: the same function may listen twice, and each is ended by itself.
    const listener = { call }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(...told: A): void {
    if (this.#told.push(told) > 1) return
    for (const next of this.#told) {
      // Whoever starts to listen meanwhile hears of what comes next, and whoever ends hears of nothing more.
      const listeners = [...this.#listeners]
      for (const listener of listeners) {
        try {
          const result = this.#listeners.has(listener) && listener.call(...next)
          if (result instanceof Promise) result.catch(this.#onError)
        } catch (error) {
          this.#onError(error)
        }
      }
    }
    this.#told = []
  }
}
