import type { EntryKey } from '@livestore-kv/core'
import { ClientError } from './client-error.ts'

/**
 * `key` as the server stores it: lower case. Whether it is a UUID is the server's to say.
 *
 * @throws ClientError `INVALID_KEY` if it is no text.
 */
export function storedKey(key: unknown): EntryKey {
  if (typeof key === 'string') return key.toLowerCase()
  throw new ClientError('INVALID_KEY', `key of type ${typeof key} is not a UUID version 4`)
}
