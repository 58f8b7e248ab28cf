import { StoreError } from '@livestore-kv/core'
import type { AnyLiveStore, Definition, LiveStore, LiveValueTypes } from '@livestore-kv/core'

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
