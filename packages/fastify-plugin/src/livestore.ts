import { StoreError } from '@livestore-kv/core'
import type {
  AnyLiveStore,
  Definition,
  EntryKey,
  LiveStore,
  LiveValueTypes,
  Member,
  Presence,
  PresenceTypes,
} from '@livestore-kv/core'
import type { LivestoreStats } from './metrics/livestore-stats.ts'
import type { Revocation } from './sessions/revocation.ts'

/** What an application tells once, so that `app.livestore.stores` is typed everywhere: see the README. */
// Declaration merging needs an interface, even an empty one.
// oxlint-disable-next-line typescript/no-empty-object-type
export interface LivestoreRegister {}

/** The registry that the application registered the plugin with. */
export type RegisteredStores = LivestoreRegister extends { readonly stores: infer S }
  ? S
  : Iterable<AnyLiveStore>

/** What `app.livestore` is. */
export interface Livestore {
  /** The stores as they were given to `register`. */
  readonly stores: RegisteredStores
  /** How many clients are connected. */
  readonly connectionCount: number
  /** How much there is of everything, and what clients were not told, by the reason. */
  stats(): LivestoreStats
  /**
   * Ends sessions, or what is subscribed to an entry, because something is not allowed any more; answers how many.
   * Whoever comes back is asked for anew by `authenticate` and `authorize`.
   *
   * @throws an error with the code `LIVESTORE_INVALID_OPTIONS` if it names nothing, something else besides, a store that is
   * not served, or a key that is none.
   */
  revoke(revocation: Revocation): number
  /**
   * Who is in a place, in the order in which they entered.
   *
   * @throws StoreError `NOT_FOUND` if no store of `presence` is served.
   */
  members<P extends PresenceTypes>(presence: Presence<P>, key: EntryKey): Promise<readonly Member<P>[]>
  /** @throws StoreError `NOT_FOUND` if no store of `definition` is served. */
  store<T extends LiveValueTypes>(definition: Definition<T>): LiveStore<T>
}

/** The store of `definition` among `stores`. */
export function storeOf<T extends LiveValueTypes>(
  stores: readonly AnyLiveStore[],
  definition: Definition<T>,
): LiveStore<T> {
  const store = stores.find((candidate) => candidate.definition === definition)
  if (store) return store
  throw new StoreError('NOT_FOUND', `no store of ${definition.name} is served`)
}

/** Who is in the place `key`, of the stores among `stores`. */
export async function membersOf<P extends PresenceTypes>(
  stores: readonly AnyLiveStore[],
  presence: Presence<P>,
  key: EntryKey,
): Promise<readonly Member<P>[]> {
  const place = await storeOf(stores, presence).fetch(key)
  // Members are read-only through and through already; the types of a generic kind do not show it.
  return (place?.value ?? []) as readonly Member<P>[]
}
