/// <reference lib="esnext.disposable" preserve="true" />
export * from '@livestore-kv/core'
export type { EntryGuard } from './entry-guard.ts'
export type { HoldOptions, TurnOptions } from './shard-supervisor.ts'
export { createStore } from './store.ts'
export type { Store, WriteOptions } from './store.ts'
export type { ExpiryOptions, StoreOptions } from './store-options.ts'
export type { Watch } from './watch.ts'
