/** Who is told of something; one that throws or rejects hurts nobody else. */
export class Listeners<A extends readonly unknown[]> {
  readonly #listeners = new Set<{ readonly call: (...told: A) => unknown }>()
  readonly #onError: (error: unknown) => void

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

  clear(): void {
    this.#listeners.clear()
  }

  tell(...told: A): void {
    // Whoever starts to listen meanwhile hears of what comes next.
    const listeners = [...this.#listeners]
    for (const { call } of listeners) {
      try {
        const result = call(...told)
        if (result instanceof Promise) result.catch(this.#onError)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
