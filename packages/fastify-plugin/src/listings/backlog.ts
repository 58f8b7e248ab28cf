import type { ToldUpdate } from '../topics/history.ts'

/** Updates that may wait, however small. */
const CAPACITY = 1_024

/** The updates of a listing that wait: for the listing to be answered, or for the application to say who may see them. */
export class Backlog {
  readonly #maxBytes: number
  #updates: ToldUpdate[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The oldest first. */
  get updates(): readonly ToldUpdate[] {
    return this.#updates
  }

  get first(): ToldUpdate | undefined {
    return this.#updates[0]
  }

  /** Whether there was room for it: what is alone always fits, whatever its size. */
  add(update: ToldUpdate): boolean {
    const bytes = this.#bytes + update.frame.byteLength
    const isFull = this.#updates.length >= CAPACITY || (this.#updates.length > 0 && bytes > this.#maxBytes)
    if (isFull) return false
    this.#updates.push(update)
    this.#bytes = bytes
    return true
  }

  /** Drops the first. */
  shift(): void {
    this.#bytes -= this.#updates.shift()?.frame.byteLength ?? 0
  }

  /** Drops all but `left`, in their order. */
  keep(left: readonly ToldUpdate[]): void {
    this.#updates = [...left]
    this.#bytes = left.reduce((bytes, { frame }) => bytes + frame.byteLength, 0)
  }
}
