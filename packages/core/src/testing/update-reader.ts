import type { Watch } from '../live-store.ts'
import type { LiveValueTypes } from '../live-value.ts'
import type { Update } from '../update.ts'

/** The one consumer of a watch, which reads as much as a test wants. */
export class UpdateReader<T extends LiveValueTypes> {
  readonly #updates: AsyncIterator<Update<T>>

  constructor(watch: Watch<T> | undefined) {
    if (watch === undefined) throw new Error('there is no watch to read')
    this.#updates = watch[Symbol.asyncIterator]()
  }

  /** The next `count` updates; waits for them. */
  async take(count: number): Promise<Update<T>[]> {
    const taken: Update<T>[] = []
    while (taken.length < count) {
      const next = await this.#updates.next()
      if (next.done === true) throw new Error(`the watch ended after ${taken.length} of ${count} updates`)
      taken.push(next.value)
    }
    return taken
  }

  /** Everything up to the end of the watch. */
  async rest(): Promise<Update<T>[]> {
    const taken: Update<T>[] = []
    for (let next = await this.#updates.next(); next.done !== true; next = await this.#updates.next()) {
      taken.push(next.value)
    }
    return taken
  }
}
