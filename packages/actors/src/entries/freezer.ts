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
    // Before its members, one of which may hold it.
    this.#frozen.add(Object.freeze(value))
    try {
      this.#freezeMembers(value)
    } catch (error) {
      this.#frozen.delete(value)
      throw error
    }
    return value
  }

  #freezeMembers(value: object): void {
    for (const member of Object.values(value)) this.freeze(member)
    if (value instanceof Map) for (const pair of value) for (const member of pair) this.freeze(member)
    if (value instanceof Set) for (const member of value) this.freeze(member)
  }
}
