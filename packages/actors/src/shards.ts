import type { EntryKey, LiveValueTypes } from '@livestore-kv/core'
import type { EntryActor } from './entry-actor.ts'
import { EntrySnapshot } from './entry-snapshot.ts'
import type { ShardSupervisor } from './shard-supervisor.ts'

type Entries<T extends LiveValueTypes> = ReadonlyMap<EntryKey, EntrySnapshot<T>>

/** How many shards one hex digit tells apart. */
const OF_ONE_DIGIT = 16
/** The low bits of a character's code: they tell hex digits apart, and are the same in either case. */
const BITS = 5
const MASK = (1 << BITS) - 1

/** Finds what is of a key by the first of its random hex digits, or the first two where there are more than 16 shards. */
export class Shards<T extends LiveValueTypes> {
  readonly all: readonly ShardSupervisor<T>[]
  /** By the bits of the characters, whatever they are. */
  readonly #byBits: readonly ShardSupervisor<T>[]
  /** The entries that are told by the first character: all, or none if it takes two. */
  readonly #entries: readonly Entries<T>[]

  constructor(count: number, create: () => ShardSupervisor<T>) {
    const all = Array.from({ length: count }, create)
    this.all = all
    this.#byBits = Array.from({ length: 1 << (count > OF_ONE_DIGIT ? 2 * BITS : BITS) }, (_, bits) => {
      const digits = digitOf(bits & MASK) | (digitOf(bits >> BITS) << 4)
      // Within the array by the mask: `count` is a power of two.
      return all[digits & (count - 1)] as ShardSupervisor<T>
    })
    const none: Entries<T> = new Map()
    this.#entries = Array.from({ length: 1 << BITS }, (_, bits) =>
      count > OF_ONE_DIGIT ? none : (this.#byBits[bits]?.entries ?? none),
    )
  }

  of(key: EntryKey): ShardSupervisor<T> {
    let bits = key.charCodeAt(0) & MASK
    if (this.#byBits.length > 1 << BITS) bits |= (key.charCodeAt(1) & MASK) << BITS
    // Within the table by the masks.
    return this.#byBits[bits] as ShardSupervisor<T>
  }

  /**
   * The entry of `key`, in either case; nothing else has one.
   *
   * To find an entry is to wait for memory. A processor waits for several entries at once if few enough instructions lie
   * between them, so each of these counts: with the shard looked up first, in methods, a fetch of 1 M entries takes 1.6
   * raw `Map.get`s in place of 1.4, on Node 26 1.9 in place of 1.5.
   */
  fetch(key: EntryKey): EntrySnapshot<T> | undefined {
    let bits: number
    try {
      // Not looked up on the key: V8 knows many kinds of strings (flat, joined, sliced …), and inlines no lookup that has
      // met more than four, which made a fetch of 1 M entries 1.3 times as slow, on Node 26 1.8 times.
      bits = String.prototype.charCodeAt.call(key, 0) & MASK
    } catch {
      // It cannot be made a string, so it is no key.
      return undefined
    }
    // Within the table by the mask.
    const entry = (this.#entries[bits] as Entries<T>).get(key)
    return entry === undefined ? this.lookAgain(key) : entry
  }

  find(key: EntryKey): EntryActor<T> | undefined {
    const entry = this.fetch(key)
    return entry && EntrySnapshot.actorOf(entry)
  }

  /** For what the first character has not told. Not private: to check that this object may call it is ten instructions. */
  lookAgain(key: EntryKey): EntrySnapshot<T> | undefined {
    if (typeof key !== 'string') return undefined
    const { entries } = this.of(key)
    return entries.get(key) ?? entries.get(key.toLowerCase())
  }
}

/** The hex digit whose code ends in `bits`: 16 to 25 are those of `0` to `9`, 1 to 6 those of `a` to `f`. */
function digitOf(bits: number): number {
  return (bits & 16) === 0 ? (bits + 9) & 15 : bits & 15
}
