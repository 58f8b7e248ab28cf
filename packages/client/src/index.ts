/// <reference lib="esnext.disposable" preserve="true" />
export * from '@livestore-kv/core'
export type { BackoffOptions } from './connection/backoff.ts'
export { createClient } from './client.ts'
export type { Client } from './client.ts'
export { ClientError } from './client-error.ts'
export type { ClientErrorCode } from './client-error.ts'
export type { AnyDefinition, ClientOptions } from './client-options.ts'
export type { ClientStatus } from './client-status.ts'
export type {
  AcquireOptions,
  ClientStore,
  MutateOptions,
  PredictedAs,
  RequestOptions,
  ViewOptions,
  WriteOptions,
} from './client-store.ts'
export type { Accepted, Guard } from './locks/guard.ts'
export type { Listing, ListingOptions, ListingState, ListingViewOptions } from './mirrors/listing.ts'
export type { Mirror } from './mirrors/mirror.ts'
export type { MirrorState, MirrorStatus, MirrorUpdate } from './mirrors/mirror-state.ts'
export { openPlace } from './presence/place.ts'
export type { Place, PlaceMember, PlaceState } from './presence/place.ts'
export type { QueueOptions } from './session/request-queue.ts'
export type { WebSocketConstructor, WebSocketLike } from './connection/web-socket.ts'
