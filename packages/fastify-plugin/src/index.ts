/// <reference types="@fastify/websocket" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
export * from '@livestore-kv/core'
export { livestore, livestore as default } from './plugin.ts'
export type { Action, Identity } from './options/endpoint-options.ts'
export type { Livestore, LivestoreRegister, RegisteredStores } from './livestore.ts'
export type { LivestoreStats } from './metrics/livestore-stats.ts'
export type { Metric } from './metrics/metric.ts'
export { livestoreOptions } from './options/options.ts'
export type { Revocation } from './sessions/revocation.ts'
export type { DropReason } from './metrics/tally.ts'
export type { AnyLivestoreOptions, LivestoreOptions } from './options/options.ts'
export type {
  AuthorizeInput,
  DrainOptions,
  LimitOptions,
  PresenceServingOptions,
  ServingOptions,
} from './options/serving-options.ts'
export type { NeededStamps, PlaceStamps, Prepare, StampContext, Stamps } from './options/stamps.ts'
export type { NeededViews, View, Views } from './options/view-options.ts'
