import {
  isBoolean,
  isInteger,
  isNumber,
  isPayload,
  isPositiveInteger,
  isRecord,
  isText,
  listOf,
  object,
  oneOf,
  optional,
} from './field.ts'
import type { Field, Fields } from './field.ts'
import type { TopicPosition } from './position.ts'
import type { Retry, WireErrorCode } from './wire-error.ts'
import { isWireLock } from './wire-lock.ts'
import type { WireLock } from './wire-lock.ts'
import { isWireUpdate } from './wire-update.ts'
import type { WireUpdate } from './wire-update.ts'

/** What the server holds every connection to; a client refuses locally what the server would. */
export interface WireLimits {
  /** The largest WebSocket message that the server reads, in bytes. */
  readonly messageBytes: number
  /** Subscriptions a connection may have. */
  readonly subscriptions: number
  /** Requests a second, on average. */
  readonly requestsPerSecond: number
  /** Requests at once. */
  readonly requestBurst: number
  /** Requests that may wait for their answers. */
  readonly pending: number
  /** Entries that one listing may hold. */
  readonly listing: number
  /** The longest lease, in milliseconds. */
  readonly leaseMs: number
  /** Requests with a `mid` whose outcomes the session remembers. */
  readonly outcomes: number
  /** The longest wait for a lock, in milliseconds. */
  readonly waitMs: number
}

/** The server's frames by their type. */
export interface ServerFrames {
  /** Answers `hello`: the session has begun. */
  welcome: {
    readonly session: string
    /** Whether it is the session that `hello` named; if not, nothing of that one is left. */
    readonly resumed: boolean
    /** The subscriptions that go on; what was missed in them follows. Others are to be watched again. */
    readonly topics: readonly number[]
    /** The locks that this session still holds. */
    readonly locks: readonly WireLock[]
    /** How the session shows as a member of places; no secret, as `session` is. */
    readonly member?: string | undefined
    /** How long the session outlives its connection, in milliseconds. */
    readonly graceMs: number
    /** The `userId` that the credentials stand for. */
    readonly user: string
    /** The server's clock, in milliseconds since 1970. */
    readonly now: number
    /** How often `ping` comes, in milliseconds; a peer silent for 10 s longer is gone. */
    readonly pingMs: number
    readonly limits: WireLimits
    /** What is served. Where a revision differs from the client's, it predicts and replays nothing. */
    readonly stores: readonly { readonly name: string; readonly revision: string }[]
  }
  ping: Record<never, never>
  /** What the request of this `id` asked for; `result` is an `AnswerTo` its type. */
  answer: { readonly id: number; readonly result: object }
  /** The value said no to the request of this `id`: the error that its definition declares. */
  refused: { readonly id: number; readonly error: unknown }
  /** The request of this `id` failed; without an `id`, a frame that was no request. */
  error: {
    readonly id?: number | undefined
    /** A {@link WireErrorCode}; a client takes one that it does not know as final. */
    readonly code: string
    readonly message: string
    readonly retry: Retry
    readonly retryAfterMs?: number | undefined
  }
  /** What a subscription tells; `seq` counts what its topic has told. */
  update: TopicPosition & { readonly update: WireUpdate }
  /** The server restarts soon: come back after `afterMs` and up to `jitterMs` more, at random, in milliseconds. */
  drain: { readonly afterMs: number; readonly jitterMs: number }
}

export type ServerFrameType = keyof ServerFrames

/** What the server sends. */
export type ServerFrame<K extends ServerFrameType = ServerFrameType> = {
  readonly [P in K]: { readonly type: P } & ServerFrames[P]
}[K]

/** An `error` frame as this server writes it. */
export type ErrorFrame = ServerFrame<'error'> & { readonly code: WireErrorCode }

const isObject: Field<object> = isRecord
const isLimits = object<WireLimits>({
  messageBytes: isNumber,
  subscriptions: isNumber,
  requestsPerSecond: isNumber,
  requestBurst: isNumber,
  pending: isNumber,
  listing: isNumber,
  leaseMs: isNumber,
  outcomes: isNumber,
  waitMs: isNumber,
})

const FIELDS: { readonly [K in ServerFrameType]: Fields<ServerFrames[K]> } = {
  welcome: {
    session: isText,
    resumed: isBoolean,
    topics: listOf(isPositiveInteger),
    locks: listOf(isWireLock),
    member: optional(isText),
    graceMs: isNumber,
    user: isText,
    now: isNumber,
    pingMs: isNumber,
    limits: isLimits,
    stores: listOf(object({ name: isText, revision: isText })),
  },
  ping: {},
  answer: { id: isPositiveInteger, result: isObject },
  refused: { id: isPositiveInteger, error: isPayload },
  error: {
    id: optional(isPositiveInteger),
    code: isText,
    message: isText,
    retry: oneOf<Retry>('no', 'later', 'resync'),
    retryAfterMs: optional(isNumber),
  },
  update: { topic: isPositiveInteger, seq: isInteger, update: isWireUpdate },
  drain: { afterMs: isNumber, jitterMs: isNumber },
}

/** @internal The fields of each frame that a server sends. */
export const SERVER_FIELDS: ReadonlyMap<string, object> = new Map(Object.entries(FIELDS))
