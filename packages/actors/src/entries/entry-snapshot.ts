import type { Entry, EntryKey, LiveValueTypes, ValueOf } from '@livestore-kv/core'
import type { EntryActor } from './entry-actor.ts'

/**
 * An entry as its shard keeps it: whoever finds it has found its actor too, which nobody outside can see. A shard that
 * kept actors would have a fetch wait for one more line of memory (a fifth longer, of 1 M entries).
 * Once it is not the newest it lets go of its actor, so that whoever keeps it keeps nothing else alive.
 */
export class EntrySnapshot<T extends LiveValueTypes> implements Entry<T> {
  // Declared and not defined: to define each field before it is assigned took a mutation a fifth longer.
  declare readonly key: EntryKey
  declare readonly epoch: number
  declare readonly value: ValueOf<T>
  declare readonly version: number
  declare readonly createdAt: number
  declare readonly changedAt: number
  #actor: EntryActor<T> | undefined

  // One by one: where V8 does not inline this, to make an object of them first takes a mutation from 2.9 to 3.5 awaited no-ops.
  constructor(
    actor: EntryActor<T>,
    key: EntryKey,
    epoch: number,
    value: ValueOf<T>,
    version: number,
    createdAt: number,
    changedAt: number,
  ) {
    this.key = key
    this.epoch = epoch
    this.value = value
    this.version = version
    this.createdAt = createdAt
    this.changedAt = changedAt
    this.#actor = actor
  }

  /** `undefined` once it is not the newest of its entry, or its store is closed. */
  static actorOf<T extends LiveValueTypes>(snapshot: EntrySnapshot<T>): EntryActor<T> | undefined {
    return snapshot.#actor
  }

  static letGo<T extends LiveValueTypes>(snapshot: EntrySnapshot<T>): void {
    snapshot.#actor = undefined
  }
}

/**
 * Shows V8 an entry whose times are no numbers, so that it keeps what times they have as they are given: one boxed
 * number for all that happens in one turn, instead of two boxes of 16 bytes in each entry.
 */
export function shapeSnapshots(): unknown {
  const none = undefined as never
  return new EntrySnapshot(none, '', 0, none, 1, none, none)
}
