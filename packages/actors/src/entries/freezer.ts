/**
 * Freezes values throughout; each object once, whoever else holds or froze it. Objects and arrays, that is: a `Map`, a
 * `Set`, a `Date` or a typed array can be written to after `Object.freeze` as before.
 */
export class Freezer {
  readonly #frozen = new WeakSet()

  freeze<V>(value: V): V {
    if (typeof value !== 'object' || value === null || this.#frozen.has(value)) return value
    // The elements of a typed array cannot be frozen.
    if (ArrayBuffer.isView(value)) return value
    this.#frozen.add(Object.freeze(value))
    for (const member of Object.values(value)) this.freeze(member)
    if (value instanceof Map) for (const pair of value) for (const member of pair) this.freeze(member)
    if (value instanceof Set) for (const member of value) this.freeze(member)
    return value
  }
}
