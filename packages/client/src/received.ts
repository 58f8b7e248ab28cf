import type { Entry, LiveValueTypes, LockInfo, MessageOf } from '@livestore-kv/core'
import type { WireEntry, WireUpdate } from '@livestore-kv/core/protocol'
import type { MirrorUpdate } from './mirror-state.ts'

/** An entry as the server sent it. */
export function receivedEntry<T extends LiveValueTypes>(wire: WireEntry): Entry<T> {
  // The value is the server's to check: it serves the definition of this name.
  return wire as Entry<T>
}

/** Who holds an entry, without what was not said. */
export function lockInfo({
  holder,
  expiresAt,
}: { readonly [K in keyof LockInfo]: LockInfo[K] | undefined }): LockInfo {
  return { ...(holder !== undefined && { holder }), ...(expiresAt !== undefined && { expiresAt }) }
}

/** What a mirror tells of an update that carries no value. */
export function mirrorUpdate<T extends LiveValueTypes>(
  update: WireUpdate<'lock' | 'unlock' | 'deadline' | 'message' | 'remove'>,
): MirrorUpdate<T> {
  switch (update.type) {
    case 'lock':
      return { type: 'lock', ...lockInfo(update) }
    case 'unlock':
      return { type: 'unlock' }
    case 'deadline':
      return { type: 'deadline', expiresAt: update.expiresAt ?? undefined }
    case 'message':
      // Messages are the server's to check, as values are.
      return { type: 'message', message: update.message as MessageOf<T> }
    case 'remove':
      // As above.
      return { type: 'remove', reason: update.reason, message: update.message as MessageOf<T> | undefined }
  }
}
