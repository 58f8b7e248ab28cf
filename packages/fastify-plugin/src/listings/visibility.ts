import type { Awaitable } from '@livestore-kv/core'
import { HookTimeoutError } from '../hook-bound.ts'
import { RequestError } from '../request-error.ts'

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

  /** What the application cannot decide is not seen. */
  of(key: string): Awaitable<boolean> {
    return this.#ask(key, (error) => this.#hide(error))
  }

  /**
   * The same for one of many.
   *
   * @throws RequestError `INTERNAL` if the application does not answer: as long would be waited for each of them.
   */
  ofMany(key: string): Awaitable<boolean> {
    return this.#ask(key, (error) => {
      const hidden = this.#hide(error)
      if (error instanceof HookTimeoutError) throw new RequestError('INTERNAL', 'the server failed')
      return hidden
    })
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

  #ask(key: string, failed: (error: unknown) => boolean): Awaitable<boolean> {
    const known = this.#seen.get(key)
    if (known !== undefined) return known
    const round = this.#round
    // Nothing but `true` opens a door: a forgotten `return` does not.
    const keep = (answer: unknown): boolean => {
      const verdict = answer === true
      if (round === this.#round) this.#seen.set(key, verdict)
      return verdict
    }
    // What was allowed when it was asked about may not be any more.
    const decide = (answer: unknown): Awaitable<boolean> =>
      round === this.#round ? keep(answer) : this.#ask(key, failed)
    try {
      const verdict = this.#options.maySee(key)
      return verdict instanceof Promise ? verdict.then(decide, failed) : keep(verdict)
    } catch (error) {
      return failed(error)
    }
  }

  #hide(error: unknown): boolean {
    this.#options.onError(error)
    return false
  }
}
