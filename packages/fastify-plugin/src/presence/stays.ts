import { createKey } from '@livestore-kv/core'
import { Countdown } from '../countdown.ts'
import { RequestError } from '../request-error.ts'
import type { Places } from './places.ts'
import { Stay } from './stay.ts'
import type { Appearance, Place } from './stay.ts'

/** The places that one session is in. They outlive its connection for a while that is shorter than the session's. */
export class Stays implements Iterable<Stay> {
  /** How the session shows to others, in whatever place. */
  readonly id = createKey()
  readonly userId: string
  readonly #places: Places
  readonly #byPlace = new Map<string, Stay>()
  readonly #grace: Countdown

  constructor(places: Places, userId: string) {
    this.userId = userId
    this.#places = places
    this.#grace = new Countdown(places.clock, () => this.leaveAll())
  }

  get size(): number {
    return this.#byPlace.size
  }

  get({ store, key }: Place): Stay | undefined {
    return this.#byPlace.get(nameOf(store.definition.name, key))
  }

  /**
   * Enters `place`, or shows something else there.
   *
   * @throws RequestError `TOO_MANY_PLACES`, `PLACE_FULL`
   */
  async enter(place: Place, appearance: Appearance): Promise<void> {
    const stay = this.get(place) ?? this.#open(place)
    try {
      await stay.show(appearance)
    } finally {
      this.#forget(stay)
    }
  }

  async leave(place: Place): Promise<void> {
    const stay = this.get(place)
    if (stay === undefined) return
    await stay.leave()
    this.#forget(stay)
  }

  /** Leaves every place of that name, or every one. */
  leaveAll(name?: { readonly store: string; readonly key: string }): number {
    const left = [...this].filter(
      ({ place: { store, key } }) =>
        !name || nameOf(name.store, name.key) === nameOf(store.definition.name, key),
    )
    for (const { place } of left) void this.leave(place)
    return left.length
  }

  /** The client is away: it leaves when it is not back in time. */
  rest(): void {
    if (this.size > 0) this.#grace.start(this.#places.graceMs)
  }

  wake(): void {
    this.#grace.stop()
  }

  [Symbol.iterator](): IterableIterator<Stay> {
    return this.#byPlace.values()
  }

  #open(place: Place): Stay {
    const { limit } = this.#places
    if (this.size >= limit) {
      throw new RequestError('TOO_MANY_PLACES', `this session is in ${limit} places already`)
    }
    const stay = new Stay({ places: this.#places, place, id: this.id, userId: this.userId })
    this.#byPlace.set(nameOf(place.store.definition.name, place.key), stay)
    return stay
  }

  #forget(stay: Stay): void {
    const { store, key } = stay.place
    if (stay.isOver && this.get(stay.place) === stay) this.#byPlace.delete(nameOf(store.definition.name, key))
  }
}

function nameOf(store: string, key: string): string {
  return `${store}\n${key.toLowerCase()}`
}
