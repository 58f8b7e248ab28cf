import type { WireUpdate } from '@livestore-kv/core/protocol'

/** An update that was told, and the frame that told it. */
export interface ToldUpdate {
  readonly seq: number
  readonly frame: Uint8Array
  readonly update: WireUpdate
}

/** Before everything that a topic can tell: whoever says that it is there is told where things are now. */
export const NOWHERE = 0
/** The number of a topic that has told nothing. */
const FIRST_SEQ = 1
/** Updates that one topic remembers. */
const CAPACITY = 64

/** What a topic told last, for those who come back: so many updates, and no more bytes than fit one connection. */
export class History {
  readonly #maxBytes: number
  #told: ToldUpdate[] = []
  #bytes = 0
  #seq = FIRST_SEQ

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The number of the newest update. */
  get seq(): number {
    return this.#seq
  }

  /** What was told last. */
  get last(): ToldUpdate | undefined {
    return this.#told.at(-1)
  }

  /** Takes the number of the next update. */
  next(): number {
    return ++this.#seq
  }

  /** Remembers what was told by the number taken last. */
  add(frame: Uint8Array, update: WireUpdate): void {
    this.#told.push({ seq: this.#seq, frame, update })
    this.#bytes += frame.byteLength
    while (this.#told.length > CAPACITY || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#told.shift()?.frame.byteLength ?? 0
    }
  }

  /** Nothing before this moment can be told again: an update is missing. */
  clear(): void {
    this.#told = []
    this.#bytes = 0
  }

  /** Everything after `seq`; `undefined` if not all of it is remembered, or if `seq` is yet to come. */
  since(seq: number): readonly ToldUpdate[] | undefined {
    const missing = this.#seq - seq
    return missing < 0 || missing > this.#told.length
      ? undefined
      : this.#told.slice(this.#told.length - missing)
  }

  /** The number before that of the change to `version`, if that is remembered. */
  before(version: number): number | undefined {
    const change = this.#told.find(({ update }) => isChange(update) && update.version === version)
    return change && change.seq - 1
  }
}

function isChange(update: WireUpdate): update is WireUpdate<'mutate' | 'mutation' | 'overwrite'> {
  return update.type === 'mutate' || update.type === 'mutation' || update.type === 'overwrite'
}
