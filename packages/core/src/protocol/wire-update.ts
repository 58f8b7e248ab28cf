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
import { isWireEntry } from './wire-entry.ts'
import type { WireEntry } from './wire-entry.ts'

/** Where a subscriber is: a smaller version of the same epoch is older; another epoch is another entry. */
export interface Position {
  readonly epoch: number
  readonly version: number
}

/** The entry after a change. */
export interface WireChange extends Position {
  readonly key: string
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** When it expires unless it changes (milliseconds since 1970); `null` = never; absent = not known. */
  readonly expiresAt?: number | null | undefined
}

/** What a subscriber is told, by its type; each says where it leaves the subscriber. */
export interface WireUpdates {
  create: WireChange & { readonly createdAt: number }
  mutate: WireChange
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
const change = { ...place, value: isPayload, changedAt: isNumber, expiresAt: optional(nullable(isNumber)) }
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
  overwrite: { ...change, message: isAnything },
  remove: { ...place, reason: isReason, message: isAnything },
  message: { ...place, message: isPayload },
  lock: { ...place, holder: optional(isText), expiresAt: optional(isNumber) },
  unlock: place,
  deadline: { ...place, expiresAt: nullable(isNumber) },
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
