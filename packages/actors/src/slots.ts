/** A slot is a number of 31 bits, which V8 keeps in the object that has it; whatever is due later is looked at then. */
const LAST = 2 ** 30 - 1

/** Time in slots of `slotMs` milliseconds, counted from `startMs` (milliseconds since 1970). */
export class Slots {
  readonly #slotMs: number
  readonly #startMs: number

  constructor(slotMs: number, startMs: number) {
    this.#slotMs = slotMs
    this.#startMs = startMs
  }

  /** The last slot that has begun at `nowMs`. */
  begun(nowMs: number): number {
    return Math.floor((nowMs - this.#startMs) / this.#slotMs)
  }

  /** The first slot that begins no earlier than `dueMs`. */
  from(dueMs: number): number {
    return Math.min(LAST, Math.ceil((dueMs - this.#startMs) / this.#slotMs))
  }
}
