import type { EntryKey } from './key.ts'
import type { LiveValueTypes, ValueOf } from './live-value.ts'

/** An immutable snapshot of one entry. A change makes a new snapshot and leaves this one alone. */
export interface Entry<T extends LiveValueTypes> {
  readonly key: EntryKey
  /** One incarnation of the key: a key that is removed and created again has another epoch. */
  readonly epoch: number
  readonly value: ValueOf<T>
  /** Starts at 1 and grows by 1 with every accepted change. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Milliseconds since 1970; equal to `createdAt` until the first change. */
  readonly changedAt: number
}
