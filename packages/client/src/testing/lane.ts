/** One thing on its way. */
interface Parcel {
  readonly due: number
  readonly bytes: number
  readonly arrive: () => void
}

/** What travels one way of a connection: in the order in which it was sent, and each thing at its time at the earliest. */
export class Lane {
  #parcels: Parcel[] = []
  #lostBytes = 0
  #isBroken = false
  /** Whether nothing arrives for now: the other end does not read. */
  isHeld = false

  /** When the next thing may arrive, in milliseconds since 1970; `Infinity` if nothing will. */
  get due(): number {
    return this.isHeld ? Infinity : (this.#parcels[0]?.due ?? Infinity)
  }

  /** Bytes that were sent and have not arrived. */
  get bytes(): number {
    return this.#parcels.reduce((sum, { bytes }) => sum + bytes, this.#lostBytes)
  }

  /** How many things are on their way. */
  get length(): number {
    return this.#parcels.length
  }

  /** Sends something that arrives at `due`, and never before what was sent earlier. */
  send(due: number, bytes: number, arrive: () => void): void {
    if (this.#isBroken) this.#lostBytes += bytes
    else this.#parcels.push({ due: Math.max(due, this.#parcels.at(-1)?.due ?? 0), bytes, arrive })
  }

  /** The next thing arrives. */
  deliver(): void {
    this.#parcels.shift()?.arrive()
  }

  /** Of what is on its way, all but the first `kept` is lost, and so is whatever is sent from now on. */
  break(kept: number): void {
    for (const { bytes } of this.#parcels.splice(kept)) this.#lostBytes += bytes
    this.#isBroken = true
  }

  /** The news that the lane is broken arrives after all that still does. */
  breakWith(kept: number, due: number, arrive: () => void): void {
    this.break(kept)
    this.isHeld = false
    this.#parcels.push({ due: Math.max(due, this.#parcels.at(-1)?.due ?? 0), bytes: 0, arrive })
  }
}
