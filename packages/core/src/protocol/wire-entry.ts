import type { Entry } from '../entry.ts'
import type { LiveValueTypes } from '../live-value.ts'
import { isInteger, isText, isNumber, isPayload, object } from './field.ts'

/** An {@link Entry} as it crosses the wire; `value` is what JSON makes of it. */
export interface WireEntry {
  readonly key: string
  readonly epoch: number
  readonly version: number
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** `entry` as it crosses the wire. */
export function wireEntry<T extends LiveValueTypes>(entry: Entry<T>): WireEntry {
  const { key, epoch, version, value, createdAt, changedAt } = entry
  // JSON has no `undefined`, and a field without a value would be missing.
  return { key, epoch, version, value: value ?? null, createdAt, changedAt }
}

/** @internal */
export const isWireEntry = object<WireEntry>({
  key: isText,
  epoch: isInteger,
  version: isInteger,
  value: isPayload,
  createdAt: isNumber,
  changedAt: isNumber,
})
