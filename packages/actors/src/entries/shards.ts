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
  /** The entries that are told by the first character (all, or none if it takes two), and again as many places with none. */
  readonly #entries: readonly Entries<T>[]
  /** Where in them is looked up. A number, for to store another table each time took a mutation 4 % longer. */
  #half = 0

  constructor(count: number, create: () => ShardSupervisor<T>) {
    const all = Array.from({ length: count }, create)
    this.all = all
    this.#byBits = Array.from({ length: 1 << (count > OF_ONE_DIGIT ? 2 * BITS : BITS) }, (_, bits) => {
      const digits = digitOf(bits & MASK) | (digitOf(bits >> BITS) << 4)
      // Within the array by the mask: `count` is a power of two.
      return all[digits & (count - 1)] as ShardSupervisor<T>
    })
    const none: Entries<T> = new Map()
    this.#entries = Array.from({ length: 2 << BITS }, (_, bits) =>
      count > OF_ONE_DIGIT ? none : (this.#byBits[bits]?.entries ?? none),
    )
  }

  /** Whether a handler runs. It must not call its store: {@link lookUp} finds nothing, and who looks again is refused. */
  get areHidden(): boolean {
    return this.#half !== 0
  }

  hide(): void {
    this.#half = 1 << BITS
  }

  show(): void {
    this.#half = 0
  }

  of(key: EntryKey): ShardSupervisor<T> {
    let bits = key.charCodeAt(0) & MASK
    if (this.#byBits.length > 1 << BITS) bits |= (key.charCodeAt(1) & MASK) << BITS
    // Within the table by the masks.
    return this.#byBits[bits] as ShardSupervisor<T>
  }

  /** The entry of `key`, in either case; nothing else has one. */
  fetch(key: EntryKey): EntrySnapshot<T> | undefined {
    if (typeof key !== 'string') return undefined
    return this.lookUp(key, key.charCodeAt(0)) ?? this.lookAgain(key)
  }

  find(key: EntryKey): EntryActor<T> | undefined {
    const entry = this.fetch(key)
    return entry && EntrySnapshot.actorOf(entry)
  }

  /**
   * The entry of `key` if the code of its first character, `code`, tells it.
   *
   * To find an entry is to wait for memory. A processor waits for several entries at once if few enough instructions lie
   * between them, so each of these counts (`docs/decisions/0020-a-fetch-counts-instructions.md`).
   */
  lookUp(key: EntryKey, code: number): EntrySnapshot<T> | undefined {
    // Within the table by the mask.
    return (this.#entries[(code & MASK) | this.#half] as Entries<T>).get(key)
  }

  /** For what {@link lookUp} has not found. Not private: to check that this object may call it is ten instructions. */
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
