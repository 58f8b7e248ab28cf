import type { WireUpdate } from '@livestore-kv/core/protocol'
import type { DropReason } from '../metrics/tally.ts'
import type { HistoryBudget } from './history-budget.ts'

/** An update that was told, and the frame that told it. */
export interface ToldUpdate {
  readonly seq: number
  readonly frame: Uint8Array
  readonly update: WireUpdate
}

/** One that is remembered, between those that any topic told before and after it. */
export class Memory implements ToldUpdate {
  readonly history: History
  readonly seq: number
  readonly frame: Uint8Array
  readonly update: WireUpdate
  older: Memory | undefined
  newer: Memory | undefined

  constructor(history: History, { seq, frame, update }: ToldUpdate) {
    this.history = history
    this.seq = seq
    this.frame = frame
    this.update = update
  }
}

/** Before everything that a topic can tell: whoever says that it is there is told where things are now. */
export const NOWHERE = 0
/** The number of a topic that has told nothing. */
const FIRST_SEQ = 1
/** Updates that one topic remembers. */
const CAPACITY = 64

/**
 * What a topic told last, for those who come back: so many updates, no more bytes than fit one connection, and no more
 * than all topics may remember together.
 */
export class History {
  readonly #maxBytes: number
  readonly #budget: HistoryBudget
  #told: Memory[] = []
  #bytes = 0
  #seq = FIRST_SEQ
  /** The newest of what was forgotten for the sake of other topics. */
  #evicted = NOWHERE
  #lastWord: ToldUpdate | undefined
  /** Bytes of the last word that are remembered apart from everything else. */
  #lastWordBytes = 0

  constructor(maxBytes: number, budget: HistoryBudget) {
    this.#maxBytes = maxBytes
    this.#budget = budget
  }

  /** The number of the newest update. */
  get seq(): number {
    return this.#seq
  }

  /** That an entry is gone, if that was told last: as long as anybody may come back, it is not forgotten. */
  get lastWord(): ToldUpdate | undefined {
    return this.#lastWord
  }

  /** Takes the number of the next update. */
  next(): number {
    return ++this.#seq
  }

  /** Remembers what was told by the number taken last. */
  add(frame: Uint8Array, update: WireUpdate): void {
    const told = new Memory(this, { seq: this.#seq, frame, update })
    this.#setLastWord(update.type === 'remove' ? { seq: this.#seq, frame, update } : undefined)
    this.#told.push(told)
    this.#bytes += frame.byteLength
    this.#budget.add(told)
    while (this.#told.length > CAPACITY || this.#bytes > this.#maxBytes) this.#forgetOldest()
  }

  /** Nothing before this moment can be told again: an update is missing, or nobody is left to come back. */
  clear(): void {
    this.#setLastWord(undefined)
    while (this.#told.length > 0) this.#forgetOldest()
  }

  /** Forgets its oldest: all topics together remember too much. */
  evict(): void {
    this.#evicted = this.#forgetOldest()?.seq ?? this.#evicted
  }

  /** Why not everything after `seq` can be told, if it cannot. */
  dropReason(seq: number): DropReason {
    return seq < this.#evicted ? 'evicted' : 'history'
  }

  /** Everything after `seq`; `undefined` if not all of it is remembered, or if `seq` is yet to come. */
  since(seq: number): readonly ToldUpdate[] | undefined {
    const missing = this.#seq - seq
    if (missing === 1 && this.#lastWord) return [this.#lastWord]
    return missing < 0 || missing > this.#told.length
      ? undefined
      : this.#told.slice(this.#told.length - missing)
  }

  /** The number before that of the change to `version`, if that is remembered. */
  before(version: number): number | undefined {
    const change = this.#told.find(({ update }) => isChange(update) && update.version === version)
    return change && change.seq - 1
  }

  #forgetOldest(): ToldUpdate | undefined {
    const oldest = this.#told.shift()
    if (oldest === undefined) return undefined
    this.#bytes -= oldest.frame.byteLength
    this.#budget.delete(oldest)
    if (oldest.seq === this.#lastWord?.seq) this.#keepLastWord(oldest.frame.byteLength)
    return oldest
  }

  #setLastWord(told: ToldUpdate | undefined): void {
    this.#keepLastWord(0)
    this.#lastWord = told
  }

  #keepLastWord(bytes: number): void {
    this.#budget.count(bytes - this.#lastWordBytes)
    this.#lastWordBytes = bytes
  }
}

function isChange(update: WireUpdate): update is WireUpdate<'mutate' | 'mutation' | 'overwrite'> {
  return update.type === 'mutate' || update.type === 'mutation' || update.type === 'overwrite'
}
