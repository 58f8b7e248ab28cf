import type { Entry, EntryKey, LiveValueTypes, ValueOf } from '@livestore-kv/core'
import type { EntryActor } from './entry-actor.ts'

/**
 * An entry as its shard keeps it: whoever finds it has found its actor too, which nobody outside can see. A shard that
 * kept actors would have a fetch wait for one more line of memory (1.6 raw `Map.get`s in place of 1.3, of 1 M entries).
 */
export class EntrySnapshot<T extends LiveValueTypes> implements Entry<T> {
  // Declared and not defined: to define each field before it is assigned took a mutation a fifth longer.
  declare readonly key: EntryKey
  declare readonly epoch: number
  declare readonly value: ValueOf<T>
  declare readonly version: number
  declare readonly createdAt: number
  declare readonly changedAt: number
  readonly #actor: EntryActor<T>

  constructor(actor: EntryActor<T>, { key, epoch, value, version, createdAt, changedAt }: Entry<T>) {
    this.key = key
    this.epoch = epoch
    this.value = value
    this.version = version
    this.createdAt = createdAt
    this.changedAt = changedAt
    this.#actor = actor
  }

  static actorOf<T extends LiveValueTypes>(snapshot: EntrySnapshot<T>): EntryActor<T> {
    return snapshot.#actor
  }
}
