/**
 * How many slots ahead somebody looks: V8 keeps numbers of 32 bits in the object that has them, and boxes larger ones.
 * Whatever is due later is looked at then, and filed again.
 */
const FARTHEST = 2 ** 30 - 1

/** Time in slots of `slotMs` milliseconds, counted from `startMs` (milliseconds since 1970). */
export class Slots {
  readonly #slotMs: number
  readonly #startMs: number
  #newest = 0

  constructor(slotMs: number, startMs: number) {
    this.#slotMs = slotMs
    this.#startMs = startMs
  }

  /** The last slot that has begun at `nowMs`. */
  begun(nowMs: number): number {
    this.#newest = Math.floor((nowMs - this.#startMs) / this.#slotMs)
    return this.#newest
  }

  /** The first slot that begins no earlier than `dueMs`, if it is not too far ahead. */
  from(dueMs: number): number {
    return Math.min(this.#newest + FARTHEST, Math.ceil((dueMs - this.#startMs) / this.#slotMs))
  }
}
