import { createKey } from '@livestore-kv/core'

/**
 * A new key in one piece, as keys are that come off the wire. V8 keeps a `randomUUID()` as a tree of its parts, five
 * times as large, until somebody reads a character of it, which a store does and a raw `Map` does not.
 */
export function flatKey(): string {
  const key = createKey()
  // Reading puts the string together.
  key.charCodeAt(0)
  return key
}
