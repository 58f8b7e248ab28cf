import type { RemoveReason } from '../update.ts'
import {
  isInteger,
  isText,
  isNumber,
  isPayload,
  isRecord,
  nullable,
  object,
  oneOf,
  optional,
  ownField,
  wrongField,
} from './field.ts'
import type { Field, Fields } from './field.ts'
import type { WireSnapshot } from './answer.ts'
import type { Position } from './position.ts'
import { isWireEntry } from './wire-entry.ts'
import type { WireEntry } from './wire-entry.ts'

/** The entry after a change. */
export interface WireChange extends Position {
  readonly key: string
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** When it expires unless it changes (milliseconds since 1970); `null` = never; absent = not known. */
  readonly expiresAt?: number | null | undefined
}

/**
 * Why a subscriber starts again from a snapshot: more was missed than is remembered (`history`), the entry was removed
 * and created again (`incarnation`), or it claims to know what this server never told (`unknown`).
 */
export type SnapshotReason = 'history' | 'incarnation' | 'unknown'

/** What a subscriber is told, by its type; each says where it leaves the subscriber. */
export interface WireUpdates {
  create: WireChange & { readonly createdAt: number }
  mutate: WireChange
  /** In place of `mutate` on a subscription `as: 'mutation'`: run it on the value of the version before. */
  mutation: Omit<WireChange, 'value'> & { readonly mutation: unknown }
  overwrite: WireChange & { readonly message?: unknown }
  /** The last update of the topic of an entry. */
  remove: Position & { readonly key: string; readonly reason: RemoveReason; readonly message?: unknown }
  message: Position & { readonly key: string; readonly message: unknown }
  lock: Position & {
    readonly key: string
    readonly holder?: string | undefined
    /** When the lease ends, in milliseconds since 1970. */
    readonly expiresAt?: number | undefined
  }
  unlock: Position & { readonly key: string }
  deadline: Position & { readonly key: string; readonly expiresAt: number | null }
  /** What the subscriber knew cannot be continued: this takes its place. */
  snapshot: WireSnapshot & { readonly reason: SnapshotReason }
  /** The user may watch this no more; the last update of the topic for this session. */
  revoked: Record<never, never>
  /** Updates were left out; what is here takes the place of everything known before. */
  lagged: {
    readonly missed: number
    /** So many of those were messages. */
    readonly missedMessages: number
    /** The newest entry, which has the position; `null` if it is gone, and on a listing, which is asked for again. */
    readonly entry: WireEntry | null
    readonly lock: { readonly holder?: string; readonly expiresAt?: number } | null
    readonly expiresAt: number | null
  }
}

export type WireUpdateType = keyof WireUpdates

/** An update of one type. */
export type WireUpdate<K extends WireUpdateType = WireUpdateType> = {
  readonly [P in K]: { readonly type: P } & WireUpdates[P]
}[K]

const place = { key: isText, epoch: isInteger, version: isInteger }
const when = { ...place, changedAt: isNumber, expiresAt: optional(nullable(isNumber)) }
const change = { ...when, value: isPayload }
const isReason = oneOf<RemoveReason>('removed', 'expired', 'completed', 'crashed', 'closed')
const isAnything: Field<unknown> = (value): value is unknown => value === undefined || isPayload(value)
// exactOptionalPropertyTypes tells absent from undefined; JSON has no undefined.
const isLock = object({ holder: optional(isText), expiresAt: optional(isNumber) }) as Field<{
  readonly holder?: string
  readonly expiresAt?: number
}>

const FIELDS: { readonly [K in WireUpdateType]: Fields<WireUpdates[K]> } = {
  create: { ...change, createdAt: isNumber },
  mutate: change,
  mutation: { ...when, mutation: isPayload },
  overwrite: { ...change, message: isAnything },
  remove: { ...place, reason: isReason, message: isAnything },
  message: { ...place, message: isPayload },
  lock: { ...place, holder: optional(isText), expiresAt: optional(isNumber) },
  unlock: place,
  deadline: { ...place, expiresAt: nullable(isNumber) },
  snapshot: {
    reason: oneOf<SnapshotReason>('history', 'incarnation', 'unknown'),
    entry: isWireEntry,
    lock: nullable(isLock),
    expiresAt: nullable(isNumber),
  },
  revoked: {},
  lagged: {
    missed: isInteger,
    missedMessages: isInteger,
    entry: nullable(isWireEntry),
    lock: nullable(isLock),
    expiresAt: nullable(isNumber),
  },
}

const UPDATE_FIELDS: ReadonlyMap<unknown, object> = new Map(Object.entries(FIELDS))

/** @internal */
export const isWireUpdate: Field<WireUpdate> = (value): value is WireUpdate => {
  if (!isRecord(value)) return false
  const fields = UPDATE_FIELDS.get(ownField(value, 'type'))
  return fields !== undefined && wrongField(value, fields) === undefined
}
