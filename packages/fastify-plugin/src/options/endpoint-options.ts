import type { AnyLiveStore, Awaitable, Clock } from '@livestore-kv/core'
import type { RequestType, WireLimits } from '@livestore-kv/core/protocol'
import type { Metric } from '../metrics/metric.ts'
import type { ViewsByStore } from '../topics/views.ts'

/** Whom a connection speaks for. */
export interface Identity<U> {
  /** What `authorize` and `prepare` are given; never leaves the server. */
  readonly user: U
  /** Names the user to others: the holder of a lock, for example. */
  readonly userId: string
  /** When the credentials run out, in milliseconds since 1970: the connection is closed then. */
  readonly expiresAt?: number
}

/** What a client may ask for, one by one. */
export type Action = Exclude<RequestType, 'unwatch' | 'leave' | 'renew' | 'release' | 'cancel' | 'refresh'>

/** What a client wants to do, whatever the kind of store. */
export interface AnyAuthorizeInput {
  readonly user: unknown
  readonly action: Action
  readonly store: string
  readonly key?: string
  /** What to see of the value; `undefined` = the whole. */
  readonly view?: string
  readonly value?: unknown
  readonly mutation?: unknown
  readonly message?: unknown
  readonly state?: unknown
}

/** What stamps payloads, whatever the kind of store. */
export type AnyPrepare = (input: {
  readonly user: unknown
  readonly userId: string
  readonly now: number
  readonly id: string
  readonly key?: string
  readonly value?: unknown
  readonly mutation?: unknown
  readonly message?: unknown
  readonly state?: unknown
}) => Awaitable<unknown>

/** What a stamp is for: a payload, or who a member of a place is. */
export type StampKind = 'value' | 'mutation' | 'message' | 'who'

/** What an {@link Endpoint} is told, with every default filled in. */
export interface EndpointOptions {
  readonly stores: readonly AnyLiveStore[]
  readonly authenticate: (input: {
    readonly token: string | undefined
    readonly client: string
    readonly request: unknown
  }) => Awaitable<Identity<unknown> | undefined>
  readonly authorize: (input: AnyAuthorizeInput) => Awaitable<boolean>
  /** By the store's name. */
  readonly prepare: ReadonlyMap<string, Partial<Record<StampKind, AnyPrepare>>>
  readonly views: ViewsByStore
  readonly limits: WireLimits
  /** Entries that may be looked at for one listing. */
  readonly scanLimit: number
  readonly helloMs: number
  /** How long each function of the application may take to answer. */
  readonly hookMs: number
  /** How long a session outlives its connection. */
  readonly graceMs: number
  /** Sessions that may wait for their clients; past it, the one that has waited longest ends. */
  readonly restingSessions: number
  /** How long a member of a place outlives its connection, and in how many places one session may be. */
  readonly presence: { readonly disconnectGraceMs: number; readonly placesPerSession: number }
  readonly pingMs: number
  readonly stallMs: number
  /** What clients are told when the server goes. */
  readonly drain: { readonly afterMs: number; readonly jitterMs: number }
  /** Bytes that all topics may remember together, for those who come back. */
  readonly historyBytes: number
  readonly budgetBytes: number
  readonly capBytes: number
  readonly clock: Clock
  readonly onMetric?: ((metric: Metric) => unknown) | undefined
  /** Receives what no client can be told; `request` is what the connection came with, where there is one. */
  readonly onError: (error: unknown, request?: unknown) => void
}
