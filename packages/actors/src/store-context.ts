import { StoreError } from '@livestore-kv/core'
import type { Definition, LiveValueTypes, Update } from '@livestore-kv/core'
import type { Activity } from './activity.ts'
import { Alarm } from './alarm.ts'
import type { ResolvedOptions } from './store-options.ts'
import { Teller } from './teller.ts'
import { Turns } from './turns.ts'
import type { Watch } from './watch.ts'

/** What the shards, guards and watches of one store share. */
export class StoreContext<T extends LiveValueTypes> {
  readonly definition: Definition<T>
  readonly options: ResolvedOptions<T>
  readonly teller = new Teller()
  readonly storeWatches = new Set<Watch<T>>()
  readonly turns: Turns<T>
  readonly sweepAlarm: Alarm
  /** The newest update's place in the store's one order. */
  position = 0
  count = 0
  closed = false
  // A random start, so that a key re-created after a restart gets another epoch; a whole number of 32 bits,
  // because V8 keeps those in the entry itself and boxes larger ones (16 bytes each).
  #epoch = crypto.getRandomValues(new Int32Array(1))[0] ?? 0
  #handling = false

  constructor(definition: Definition<T>, options: ResolvedOptions<T>, sweep: () => void) {
    this.definition = definition
    this.options = options
    this.turns = new Turns(this)
    this.sweepAlarm = new Alarm(options.clock, sweep)
  }

  /** Sweeps at once, after a slice that left work behind, or within `sweepMs`. */
  scheduleSweep(atOnce = false): void {
    const { clock, sweepMs } = this.options
    if (this.closed || this.sweepAlarm.at !== undefined) return
    this.sweepAlarm.set(clock.now() + (atOnce ? 0 : sweepMs))
  }

  nextEpoch(): number {
    this.#epoch = (this.#epoch + 1) | 0
    return this.#epoch
  }

  /** Runs user code that must not call the store. */
  handle<R>(handler: () => R): R {
    this.#handling = true
    try {
      return handler()
    } finally {
      this.#handling = false
    }
  }

  /** @throws StoreError `REENTRANT` inside a handler. */
  assertOutsideHandler(): void {
    if (this.#handling) {
      throw new StoreError('REENTRANT', `${this.definition.name}: a handler must not call its store`)
    }
  }

  /** @throws StoreError `STORE_CLOSED` from `close()` on. */
  assertOpen(): void {
    if (this.closed) throw new StoreError('STORE_CLOSED', `the ${this.definition.name} store is closed`)
  }

  /** @throws StoreError `STORE_FULL` */
  assertRoom(): void {
    if (this.count < this.options.maxEntries) return
    throw new StoreError(
      'STORE_FULL',
      `the ${this.definition.name} store holds ${this.count} entries, its maxEntries`,
    )
  }

  /** Whether anybody would hear an update of the entry. */
  isWatched(activity: Activity<T> | undefined): boolean {
    return this.storeWatches.size > 0 || (activity !== undefined && activity.isWatched)
  }

  /** Tells the watches of one entry, if any, and those of the whole store. */
  tell(activity: Activity<T> | undefined, update: Update<T>): void {
    const position = ++this.position
    const watches = activity?.watches
    this.teller.enqueue(() => {
      if (watches) for (const watch of watches) watch.deliver(update, position)
      for (const watch of this.storeWatches) watch.deliver(update, position)
    })
  }

  reportError(error: unknown): void {
    try {
      this.options.onError(error)
    } catch {
      // There is nobody left to tell.
    }
  }
}
