import { v4, validate, version } from 'uuid'
import { StoreError } from './store-error.ts'

/** Names one entry of a store: a lower-case UUID version 4. */
export type EntryKey = string

/** A new random key. */
export function createKey(): EntryKey {
  return v4()
}

/** Whether `key` is a UUID version 4, in either case. */
export function isKey(key: unknown): key is EntryKey {
  return typeof key === 'string' && validate(key) && version(key) === 4
}

/**
 * `key` in the one form that is stored: lower case.
 *
 * @throws StoreError `INVALID_KEY` if it is not a UUID version 4.
 */
export function parseKey(key: unknown): EntryKey {
  if (isKey(key)) return key.toLowerCase()
  throw new StoreError('INVALID_KEY', `key ${describe(key)} is not a UUID version 4`)
}

function describe(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key.slice(0, 64)) : `of type ${typeof key}`
}
