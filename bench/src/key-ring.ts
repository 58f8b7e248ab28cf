/** The keys of a store in a random order that is the same in every run, one after the other for ever. */
export class KeyRing {
  readonly #keys: readonly string[]
  #at = 0

  constructor(keys: Iterable<string>) {
    this.#keys = shuffled([...keys])
  }

  get size(): number {
    return this.#keys.length
  }

  next(): string {
    if (++this.#at >= this.#keys.length) this.#at = 0
    // Within the array by the line above.
    return this.#keys[this.#at] as string
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#keys[Symbol.iterator]()
  }
}

function shuffled(keys: string[]): string[] {
  let seed = 1
  for (let last = keys.length - 1; last > 0; last--) {
    // The minimal standard generator of Park and Miller (1988).
    seed = (seed * 48_271) % 2_147_483_647
    const other = seed % (last + 1)
    // Both within the array.
    ;[keys[last], keys[other]] = [keys[other] as string, keys[last] as string]
  }
  return keys
}
