import type { Definition, LiveValueTypes } from '@livestore-kv/core'
import { isHosted, makeStore } from './entries/host.ts'
import type { HostedDefinition } from './entries/host.ts'
import type { StoreOptions } from './options/store-options.ts'
import { Store } from './store.ts'

/**
 * Makes an empty store of one kind of value; a hosted kind makes a store of its own class.
 *
 * @throws StoreError `INVALID_OPTIONS`, which names the option.
 */
export function createStore<TStore, TOptions>(
  definition: HostedDefinition<TStore, TOptions>,
  options?: NoInfer<TOptions>,
): TStore
export function createStore<T extends LiveValueTypes>(
  definition: Definition<T>,
  options?: StoreOptions<T>,
): Store<T>
export function createStore<T extends LiveValueTypes>(
  definition: Definition<T> | HostedDefinition<unknown, unknown>,
  options?: StoreOptions<T>,
): unknown {
  return isHosted(definition) ? definition[makeStore](options) : new Store(definition, options)
}
