/** Random numbers that are the same for the same seed (mulberry32, by Tommy Ettinger). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A number from 0 to 1, without 1; bound, so that it can be handed over in place of `Math.random`. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from 0 to `limit`, without `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** Whether something happens whose probability is `probability`. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of `items`. @throws RangeError if there is none */
  pick<I>(items: readonly I[]): I {
    if (items.length === 0) throw new RangeError('there is nothing to pick from')
    // The index is within the list.
    return items[this.below(items.length)] as I
  }
}
