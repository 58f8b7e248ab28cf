import type { Entry, LiveValueTypes, LockInfo } from '@livestore-kv/core'
import type { WireChange, WireEntry } from '@livestore-kv/core/protocol'

/** An entry as the server sent it. */
export function receivedEntry<T extends LiveValueTypes>(wire: WireEntry): Entry<T> {
  // The value is the server's to check: it serves the definition of this name.
  return wire as Entry<T>
}

/** An entry, of which the first says which one it is, after a change. */
export function changedEntry<T extends LiveValueTypes>(
  { key, epoch, createdAt }: Pick<WireEntry, 'key' | 'epoch' | 'createdAt'>,
  { version, value, changedAt }: WireChange,
): Entry<T> {
  return receivedEntry({ key, epoch, version, value, createdAt, changedAt })
}

/** Who holds an entry, without what was not said. */
export function lockInfo({
  holder,
  expiresAt,
}: { readonly [K in keyof LockInfo]: LockInfo[K] | undefined }): LockInfo {
  return { ...(holder !== undefined && { holder }), ...(expiresAt !== undefined && { expiresAt }) }
}
