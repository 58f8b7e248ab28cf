import type { Entry, LiveValueTypes } from '@livestore-kv/core'
import { Alarm } from '../alarm.ts'
import type { StoreContext } from '../store-context.ts'

/** How many due entries one slice of a sweep looks at: 0.5 ms of work, or 2 ms when a shard's map shrinks meanwhile. */
const SLICE = 512

/** Looks for due entries while there are any, in slices, and tells who wants to know what expired. */
export class Sweeper<T extends LiveValueTypes> {
  readonly #context: StoreContext<T>
  readonly #alarm: Alarm
  readonly #listeners = new Set<{ readonly hear: (expired: readonly Entry<T>[]) => unknown }>()

  constructor(context: StoreContext<T>) {
    this.#context = context
    this.#alarm = new Alarm(context.options.clock, () => this.#sweep())
  }

  /** Sweeps within `sweepMs`. */
  schedule(): void {
    const { closed, options } = this.#context
    const { clock, sweepMs } = options
    if (!closed && this.#alarm.at === undefined) this.#alarm.set(clock.now() + sweepMs)
  }

  /** Calls `hear` with batches of expired entries; answers a function that removes it. */
  onExpire(hear: (expired: readonly Entry<T>[]) => unknown): () => void {
    const listener = { hear }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    this.#alarm.clear()
  }

  #sweep(): void {
    const { shards, options } = this.#context
    const expired: Entry<T>[] | undefined = this.#listeners.size > 0 ? [] : undefined
    const looks = { left: SLICE }
    for (const shard of shards.all) shard.sweep(looks, expired)
    // A slice that was used up left work behind, unless somebody who was told of it closed the store.
    if (looks.left === 0 && !this.#context.closed) this.#alarm.set(options.clock.now())
    else if (shards.all.some((shard) => !shard.deadlines.isEmpty)) this.schedule()
    if (!expired?.length) return
    const batch = Object.freeze(expired)
    for (const { hear } of this.#listeners) this.#context.call(hear, batch)
  }
}
