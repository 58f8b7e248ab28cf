/// <reference lib="esnext.disposable" preserve="true" />
export type { Clock } from './clock.ts'
export { defineValue } from './definition.ts'
export type { Definition, DefinitionOptions, MutationHandlers, ValueSchemas } from './definition.ts'
export type { Entry } from './entry.ts'
export { createKey, isKey, parseKey } from './key.ts'
export type { EntryKey } from './key.ts'
export { defineHosted } from './hosted-definition.ts'
export type { HostedDefinitionOptions, HostedSchemas } from './hosted-definition.ts'
export type {
  DeepReadonly,
  InputOf,
  LiveValueTypes,
  MessageOf,
  MutationOf,
  OutputOf,
  SavedOf,
  SentInputOf,
  SentMessageOf,
  SentMutationOf,
  SentSavedOf,
  Unstamped,
  ValueOf,
} from './live-value.ts'
export type { AnyLiveStore, Awaitable, EntryGuard, LiveStore, TypesOf, Watch } from './live-store.ts'
export { definePresence, isPresence } from './presence.ts'
export type {
  AnyPresence,
  Member,
  PlaceMutation,
  PlaceTypes,
  Presence,
  PresenceOptions,
  PresenceTypes,
} from './presence.ts'
export { ok, refuse } from './result.ts'
export type { Result } from './result.ts'
export { StoreError } from './store-error.ts'
export type { StoreErrorCode } from './store-error.ts'
export type { AcquireOptions, HoldOptions, TurnOptions, WatchOptions, WriteOptions } from './turn-options.ts'
export type { LockInfo, RemoveReason, TransitionCause, Update } from './update.ts'
export type { ViewNameOf, ViewsOf, ViewTypes } from './view.ts'
