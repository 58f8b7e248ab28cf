import { StoreError } from '@livestore-kv/core'
import type { TypesOf } from '@livestore-kv/core'
import type { Store } from './store.ts'

// `Store` is invariant in its types, so only `any` spans stores of different kinds.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyStore = Store<any>
type StoreNamed<S extends AnyStore, N> = S extends AnyStore
  ? TypesOf<S>['name'] extends N
    ? S
    : never
  : never

/** A typed registry of stores: each is found by its definition or by its name, as the store of that kind. */
export interface Storages<S extends AnyStore> extends Iterable<S>, AsyncDisposable {
  /** @throws StoreError `NOT_FOUND` if no store of `definition` is registered. */
  store<N extends TypesOf<S>['name']>(definition: { readonly name: N } & S['definition']): StoreNamed<S, N>
  /** @throws StoreError `NOT_FOUND` if no store of that name is registered. */
  get<N extends TypesOf<S>['name']>(name: N): StoreNamed<S, N>
  /** Closes every store. */
  close(): Promise<void>
}

/**
 * Registers stores of different kinds.
 *
 * @throws StoreError `INVALID_OPTIONS` if two of them have the same name.
 */
export function createStorages<A extends readonly AnyStore[]>(...stores: A): Storages<A[number]> {
  const byName = new Map<string, A[number]>()
  for (const store of stores) {
    const { name } = store.definition
    if (byName.has(name))
      throw new StoreError('INVALID_OPTIONS', `two stores are named ${JSON.stringify(name)}`)
    byName.set(name, store)
  }

  const find = (name: string): A[number] => {
    const store = byName.get(name)
    if (store) return store
    throw new StoreError(
      'NOT_FOUND',
      `no store is named ${JSON.stringify(name)}; there are ${[...byName.keys()].join(', ')}`,
    )
  }
  const close = async (): Promise<void> => {
    await Promise.all(stores.map((store) => store.close()))
  }

  return {
    store: <N extends TypesOf<A[number]>['name']>(
      definition: { readonly name: N } & A[number]['definition'],
    ) => {
      const store = find(definition.name)
      if (store.definition !== definition) {
        throw new StoreError('NOT_FOUND', `the store named ${definition.name} has another definition`)
      }
      // Sound: it is the one of the name that picks the type.
      return store as StoreNamed<A[number], N>
    },
    // Sound: the map is read by the name that picks the type.
    get: <N extends TypesOf<A[number]>['name']>(name: N) => find(name) as StoreNamed<A[number], N>,
    close,
    [Symbol.iterator]: () => byName.values(),
    [Symbol.asyncDispose]: close,
  }
}
