import {
  either,
  isBoolean,
  isDuration,
  isInteger,
  isText,
  isPayload,
  isPositiveInteger,
  object,
  optional,
} from './field.ts'
import type { Field, Fields } from './field.ts'

/** The first frame of a connection. */
export interface HelloFrame {
  readonly type: 'hello'
  /** Names the client's software and its version, for the server's log. */
  readonly client: string
  /** What the application's `authenticate` is given. */
  readonly token?: string
}

/** Answers `ping`. */
export interface PongFrame {
  readonly type: 'pong'
}

/** Every request by its type; `id` comes on top. A request gets exactly one answer, refusal or error. */
export interface Requests {
  /** Stores `value` under a new key. */
  init: { readonly store: string; readonly value: unknown }
  /** Stores `value` under `key` if nothing is there. */
  create: { readonly store: string; readonly key: string; readonly value: unknown }
  fetch: { readonly store: string; readonly key: string }
  /** Subscribes to the updates of one entry. */
  watch: { readonly store: string; readonly key: string }
  /** Lists a store and subscribes to what is created and removed in it. */
  watchStore: {
    readonly store: string
    /** Whether to be told of changes to the entries too. */
    readonly changes?: boolean | undefined
  }
  /** Ends a subscription. */
  unwatch: { readonly topic: number }
  mutate: {
    readonly store: string
    readonly key: string
    readonly mutation: unknown
    /** Fails unless the entry is at this version. */
    readonly ifVersion?: number | { readonly epoch: number; readonly version: number } | undefined
    /** Runs under the lock that this session holds. */
    readonly token?: number | undefined
  }
  /** Tells the entry's watchers; changes nothing. */
  broadcast: { readonly store: string; readonly key: string; readonly message: unknown }
  /** Waits for the entry's lock. */
  acquire: {
    readonly store: string
    readonly key: string
    /** The longest wait, in milliseconds. */
    readonly timeoutMs?: number | undefined
    /** How long to hold it unless renewed, in milliseconds; the server has a maximum. */
    readonly leaseMs?: number | undefined
  }
  renew: {
    readonly store: string
    readonly key: string
    readonly token: number
    readonly leaseMs?: number | undefined
  }
  release: { readonly store: string; readonly key: string; readonly token: number }
  remove: { readonly store: string; readonly key: string; readonly token?: number | undefined }
  /** Gives up a request that still waits; that one is answered with `CANCELLED`. */
  cancel: { readonly request: number }
}

export type RequestType = keyof Requests

/** A request of one type, as a frame. */
export type RequestFrame<K extends RequestType = RequestType> = {
  readonly [P in K]: { readonly type: P; readonly id: number } & Requests[P]
}[K]

/** What a client sends. */
export type ClientFrame = HelloFrame | PongFrame | RequestFrame

type FieldsOf<F> = Fields<Omit<F, 'type'>>

const entryFields = { id: isPositiveInteger, store: isText, key: isText }
const isVersion: Field<number> = (value): value is number => isInteger(value) && value >= 0
const isIfVersion = either(isVersion, object({ epoch: isInteger, version: isVersion }))

const FIELDS: { readonly [K in ClientFrame['type']]: FieldsOf<Extract<ClientFrame, { type: K }>> } = {
  hello: { client: isText, token: optional(isText) },
  pong: {},
  init: { id: isPositiveInteger, store: isText, value: isPayload },
  create: { ...entryFields, value: isPayload },
  fetch: entryFields,
  watch: entryFields,
  watchStore: { id: isPositiveInteger, store: isText, changes: optional(isBoolean) },
  unwatch: { id: isPositiveInteger, topic: isPositiveInteger },
  mutate: {
    ...entryFields,
    mutation: isPayload,
    ifVersion: optional(isIfVersion),
    token: optional(isPositiveInteger),
  },
  broadcast: { ...entryFields, message: isPayload },
  acquire: { ...entryFields, timeoutMs: optional(isDuration), leaseMs: optional(isDuration) },
  renew: { ...entryFields, token: isPositiveInteger, leaseMs: optional(isDuration) },
  release: { ...entryFields, token: isPositiveInteger },
  remove: { ...entryFields, token: optional(isPositiveInteger) },
  cancel: { id: isPositiveInteger, request: isPositiveInteger },
}

/** @internal The fields of each frame that a client sends. */
export const CLIENT_FIELDS: ReadonlyMap<string, object> = new Map(Object.entries(FIELDS))
