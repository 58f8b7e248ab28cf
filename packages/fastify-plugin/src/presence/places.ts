import { isPresence, StoreError } from '@livestore-kv/core'
import type { AnyLiveStore, Clock } from '@livestore-kv/core'
import { Countdown } from '../countdown.ts'
import type { AnyPlaceStore, Stay } from './stay.ts'
import type { Stays } from './stays.ts'

export interface PlacesOptions {
  readonly clock: Clock
  /** How long a member whose client is away stays, in milliseconds. */
  readonly graceMs: number
  /** Places that one session may be in. */
  readonly limit: number
  /** Sessions that may have ended and not left yet; past it, the one that ended first leaves. */
  readonly lingeringLimit: number
  readonly isWatched: (store: AnyLiveStore, key: string) => boolean
  readonly onError: (error: unknown) => void
}

/** What the members of all places share: how long they stay, and who tidies up after them. */
export class Places {
  readonly #options: PlacesOptions
  /** What is left of sessions whose page went away, the longest ago first. */
  readonly #lingering = new Map<Stays, Countdown>()

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  get clock(): Clock {
    return this.#options.clock
  }

  get graceMs(): number {
    return this.#options.graceMs
  }

  get limit(): number {
    return this.#options.limit
  }

  get onError(): (error: unknown) => void {
    return this.#options.onError
  }

  /** Has the members of a session whose page went away stay for the grace: it may just be loaded again. */
  linger(stays: Stays): void {
    if (stays.size === 0) return
    stays.wake()
    const grace = new Countdown(this.clock, () => this.#end(stays))
    this.#lingering.set(stays, grace)
    grace.start(this.graceMs)
    const [longest] = this.#lingering.keys()
    if (longest && this.#lingering.size > this.#options.lingeringLimit) this.#end(longest)
  }

  /** The member of the same user's last page in the same place, if it lingers. */
  lingering({ userId, place }: Stay): Stay | undefined {
    for (const stays of this.#lingering.keys()) {
      const stay = stays.userId === userId ? stays.get(place) : undefined
      if (stay?.shown) return stay
    }
    return undefined
  }

  /** Has whoever lingers leave: those of a user, or everybody. */
  end(userId?: string): void {
    for (const stays of this.#lingering.keys()) {
      if (userId === undefined || stays.userId === userId) this.#end(stays)
    }
  }

  /** Has whoever lingers in one place leave it. */
  clear(place: { readonly store: string; readonly key: string }): void {
    for (const stays of this.#lingering.keys()) stays.leaveAll(place)
  }

  /** Forgets a place that nobody is in and nobody watches. */
  async tidy(store: AnyLiveStore, key: string): Promise<void> {
    if (!isPlaces(store)) return
    const { isWatched, onError } = this.#options
    try {
      const place = await store.fetch(key)
      if (place?.value.length !== 0 || isWatched(store, key)) return
      const { epoch, version } = place
      await store.remove(key, { ifVersion: { epoch, version } })
    } catch (error) {
      if (!isMoot(error)) onError(error)
    }
  }

  #end(stays: Stays): void {
    this.#lingering.get(stays)?.stop()
    this.#lingering.delete(stays)
    stays.leaveAll()
  }
}

/** Whether the entries of `store` are places. */
export function isPlaces(store: AnyLiveStore): store is AnyPlaceStore {
  return isPresence(store.definition)
}

/** Somebody has entered meanwhile, or there is nothing to tidy any more. */
function isMoot(error: unknown): boolean {
  return error instanceof StoreError && (error.code === 'VERSION_CONFLICT' || error.code === 'STORE_CLOSED')
}
