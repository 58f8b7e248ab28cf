/// <reference types="@fastify/websocket" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
export * from '@livestore-kv/core'
export { livestore, livestore as default } from './plugin.ts'
export type { Action, Identity } from './endpoint-options.ts'
export type { Livestore, LivestoreRegister, RegisteredStores } from './livestore.ts'
export type { LivestoreStats } from './livestore-stats.ts'
export type { Metric } from './metric.ts'
export { livestoreOptions } from './options.ts'
export type { Revocation } from './revocation.ts'
export type { DropReason } from './tally.ts'
export type { AnyLivestoreOptions, LivestoreOptions } from './options.ts'
export type {
  AuthorizeInput,
  DrainOptions,
  LimitOptions,
  PresenceServingOptions,
  ServingOptions,
} from './serving-options.ts'
export type { NeededStamps, PlaceStamps, Prepare, StampContext, Stamps } from './stamps.ts'
export type { NeededViews, View, Views } from './view-options.ts'
