/// <reference lib="esnext.disposable" preserve="true" />
export * from '@livestore-kv/core'
export type { EntryGuard } from './turns/entry-guard.ts'
export { createStore } from './create-store.ts'
export type { Store } from './store.ts'
export { createStorages } from './storages.ts'
export type { Storages } from './storages.ts'
export type { ExpiryOptions, StoreOptions } from './options/store-options.ts'
export type { Watch } from './watches/watch.ts'
