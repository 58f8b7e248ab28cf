import type { RequestError } from '../request-error.ts'
import type { AnyEntry } from './entry-form.ts'

/** What a view made of one version; `failed` = nothing. */
export type Sight =
  | { readonly failed: false; readonly value: unknown }
  | { readonly failed: true; readonly error: RequestError }

/** What a view made of entries, which are immutable: the same one has the same value. */
export interface Sights {
  get(entry: AnyEntry): Sight | undefined
  set(entry: AnyEntry, sight: Sight): unknown
}

/** What a view made of the newest version of one entry: all that its watchers need, and cheaper than a `WeakMap`. */
export class LastSight implements Sights {
  #entry: AnyEntry | undefined
  #sight: Sight | undefined

  get(entry: AnyEntry): Sight | undefined {
    return this.#entry === entry ? this.#sight : undefined
  }

  set(entry: AnyEntry, sight: Sight): void {
    this.#entry = entry
    this.#sight = sight
  }
}
