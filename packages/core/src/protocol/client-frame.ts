import {
  either,
  isBoolean,
  isDuration,
  isInteger,
  isText,
  isPayload,
  isPositiveInteger,
  listOf,
  object,
  oneOf,
  optional,
} from './field.ts'
import type { Field, Fields } from './field.ts'
import { isPosition } from './position.ts'
import type { Position, TopicPosition } from './position.ts'
import { isWireLock } from './wire-lock.ts'
import type { WireLock } from './wire-lock.ts'

/** The first frame of a connection. */
export interface HelloFrame {
  readonly type: 'hello'
  /** Names the client's software and its version, for the server's log. */
  readonly client: string
  /** What the application's `authenticate` is given. */
  readonly token?: string | undefined
  /** The session to go on with, as a `welcome` named it; what the next two leave out of it ends. */
  readonly session?: string | undefined
  /** Counts the client's connections: a hello that comes later than one that was sent after it goes on with nothing. */
  readonly attempt?: number
  /** The subscriptions of that session that the client wants back, and how far it got in each. */
  readonly positions?: readonly TopicPosition[] | undefined
  /** The locks of that session that the client knows it holds. */
  readonly locks?: readonly WireLock[] | undefined
}

/** How a subscription is told of accepted mutations: by the new value, or by the mutation, to be run on the old one. */
export type WatchForm = 'value' | 'mutation'

/** Answers `ping`. */
export interface PongFrame {
  readonly type: 'pong'
}

/** What is run once, however often it is sent. */
export interface Numbered {
  /** The session's counter of such requests: one that is sent again is not run again, but gets the first one's outcome. */
  readonly mid?: number | undefined
}

/** Every request by its type; `id` comes on top. A request gets exactly one answer, refusal or error. */
export interface Requests {
  /** Stores `value` under a new key. */
  init: Numbered & { readonly store: string; readonly value: unknown }
  /** Stores `value` under `key` if nothing is there. */
  create: Numbered & { readonly store: string; readonly key: string; readonly value: unknown }
  /** Replaces the value of an entry that is there. */
  assign: WireWrite
  /** Replaces the value of an entry, or creates it. */
  insert: WireWrite
  fetch: {
    readonly store: string
    readonly key: string
    /** What to see of the value; the whole unless said. */
    readonly view?: string | undefined
  }
  /** Subscribes to the updates of one entry. */
  watch: {
    readonly store: string
    readonly key: string
    /** What the client knows already: it is told what it missed since, and no snapshot if that can be helped. */
    readonly from?: Position | undefined
    /** `'value'` unless said otherwise; `'mutation'` for a client that shares the definition of the same revision. */
    readonly as?: WatchForm | undefined
    /** What to see of the value; the whole unless said. Always told by value, and from a snapshot on. */
    readonly view?: string | undefined
  }
  /** Lists a store and subscribes to what is created and removed in it. */
  watchStore: {
    readonly store: string
    /** Whether to be told of changes to the entries too. */
    readonly changes?: boolean | undefined
    /** What to see of each value; the whole unless said. */
    readonly view?: string | undefined
  }
  /** Ends a subscription. */
  unwatch: { readonly topic: number }
  mutate: Numbered & {
    readonly store: string
    readonly key: string
    readonly mutation: unknown
    /** Fails unless the entry is at this version. */
    readonly ifVersion?: number | Position | undefined
    /** Runs under the lock that this session holds. */
    readonly token?: number | undefined
  }
  /** Tells the entry's watchers; changes nothing. */
  broadcast: Numbered & { readonly store: string; readonly key: string; readonly message: unknown }
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
  remove: Numbered & { readonly store: string; readonly key: string; readonly token?: number | undefined }
  /** Makes this session a member of a place, or changes what it shows there. */
  enter: { readonly store: string; readonly key: string; readonly state: unknown }
  /** The session is no member of the place any more. */
  leave: { readonly store: string; readonly key: string }
  /** Gives up a request that still waits; that one is answered with `CANCELLED`. */
  cancel: { readonly request: number }
  /** Brings fresh credentials of the same user; the session goes on. */
  refresh: { readonly token: string }
}

/** What replaces a whole value. */
export interface WireWrite extends Numbered {
  readonly store: string
  readonly key: string
  readonly value: unknown
  /** Fails unless the entry is at this version; `0` = must not exist. */
  readonly ifVersion?: number | Position | undefined
  /** Runs under the lock that this session holds. */
  readonly token?: number | undefined
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
const conditionFields = {
  ifVersion: optional(either(isVersion, isPosition)),
  token: optional(isPositiveInteger),
}
const numbered = { mid: optional(isPositiveInteger) }
const isTopicPosition = object<TopicPosition>({ topic: isPositiveInteger, seq: isVersion })

const FIELDS: { readonly [K in ClientFrame['type']]: FieldsOf<Extract<ClientFrame, { type: K }>> } = {
  hello: {
    client: isText,
    token: optional(isText),
    session: optional(isText),
    attempt: optional(isPositiveInteger),
    positions: optional(listOf(isTopicPosition)),
    locks: optional(listOf(isWireLock)),
  },
  pong: {},
  init: { ...numbered, id: isPositiveInteger, store: isText, value: isPayload },
  create: { ...entryFields, ...numbered, value: isPayload },
  assign: { ...entryFields, ...numbered, ...conditionFields, value: isPayload },
  insert: { ...entryFields, ...numbered, ...conditionFields, value: isPayload },
  fetch: { ...entryFields, view: optional(isText) },
  watch: {
    ...entryFields,
    from: optional(isPosition),
    as: optional(oneOf<WatchForm>('value', 'mutation')),
    view: optional(isText),
  },
  watchStore: {
    id: isPositiveInteger,
    store: isText,
    changes: optional(isBoolean),
    view: optional(isText),
  },
  unwatch: { id: isPositiveInteger, topic: isPositiveInteger },
  mutate: { ...entryFields, ...numbered, ...conditionFields, mutation: isPayload },
  broadcast: { ...entryFields, ...numbered, message: isPayload },
  acquire: { ...entryFields, timeoutMs: optional(isDuration), leaseMs: optional(isDuration) },
  renew: { ...entryFields, token: isPositiveInteger, leaseMs: optional(isDuration) },
  release: { ...entryFields, token: isPositiveInteger },
  remove: { ...entryFields, ...numbered, token: optional(isPositiveInteger) },
  enter: { ...entryFields, state: isPayload },
  leave: entryFields,
  cancel: { id: isPositiveInteger, request: isPositiveInteger },
  refresh: { id: isPositiveInteger, token: isText },
}

/** @internal The fields of each frame that a client sends. */
export const CLIENT_FIELDS: ReadonlyMap<string, object> = new Map(Object.entries(FIELDS))
