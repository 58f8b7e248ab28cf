import type { Memory } from './history.ts'

/**
 * What all topics together may remember, in bytes: past it, the oldest is forgotten, whichever topic told it. Last words
 * count too, and are not forgotten: the more there are of them, the less is remembered besides.
 */
export class HistoryBudget {
  readonly #maxBytes: number
  #bytes = 0
  #oldest: Memory | undefined
  #newest: Memory | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** How much is remembered. */
  get bytes(): number {
    return this.#bytes
  }

  /** Makes room for `memory`, the newest of all; it is forgotten itself if it is larger than the budget. */
  add(memory: Memory): void {
    memory.older = this.#newest
    if (this.#newest) this.#newest.newer = memory
    else this.#oldest = memory
    this.#newest = memory
    this.#bytes += memory.frame.byteLength
    while (this.#bytes > this.#maxBytes && this.#oldest) this.#oldest.history.evict()
  }

  /** So many bytes more, or less, are remembered apart from what can be forgotten. */
  count(bytes: number): void {
    this.#bytes += bytes
  }

  /** It is not remembered any more, and leads to nothing that is. */
  delete(memory: Memory): void {
    const { older, newer } = memory
    if (older) older.newer = newer
    else this.#oldest = newer
    if (newer) newer.older = older
    else this.#newest = older
    memory.older = undefined
    memory.newer = undefined
    this.#bytes -= memory.frame.byteLength
  }
}
