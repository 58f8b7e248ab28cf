import type { Awaitable } from '@livestore-kv/core'

export interface VisibilityOptions {
  /** Whether the user may see the entry of `key`; only `true` is yes. */
  readonly maySee: (key: string) => Awaitable<boolean>
  readonly onError: (error: unknown) => void
}

/** Which entries of a listing its user may see: what the application said about each, as long as the entry lives. */
export class Visibility {
  readonly #options: VisibilityOptions
  readonly #seen = new Map<string, boolean>()
  /** Grows whenever the application is to be asked again: what it is just being asked is then not kept. */
  #round = 0

  constructor(options: VisibilityOptions) {
    this.#options = options
  }

  of(key: string): Awaitable<boolean> {
    const known = this.#seen.get(key)
    if (known !== undefined) return known
    const round = this.#round
    // Nothing but `true` opens a door: a forgotten `return` does not.
    const keep = (answer: unknown): boolean => {
      const verdict = answer === true
      if (round === this.#round) this.#seen.set(key, verdict)
      return verdict
    }
    try {
      const verdict = this.#options.maySee(key)
      return verdict instanceof Promise
        ? verdict.then(keep, (error: unknown) => this.#hide(error))
        : keep(verdict)
    } catch (error) {
      return this.#hide(error)
    }
  }

  /** The entry of `key` is gone. */
  delete(key: string): void {
    this.#seen.delete(key)
  }

  /** Asks the application again, about everything. */
  clear(): void {
    this.#round++
    this.#seen.clear()
  }

  // What the application cannot decide is not seen.
  #hide(error: unknown): boolean {
    this.#options.onError(error)
    return false
  }
}
