import type { Entry } from './entry.ts'
import type { EntryKey } from './key.ts'
import type { LiveValueTypes, MessageOf, MutationOf, OutputOf } from './live-value.ts'

/** Why an entry went away. */
export type RemoveReason = 'removed' | 'expired' | 'completed' | 'crashed' | 'closed'

/**
 * What moved a hosted value that nobody asked to: a delay that is over, another actor (or itself) that sent it something,
 * or one of its own that is done or failed.
 */
export type TransitionCause = 'delay' | 'actor' | 'done' | 'error'

/** What a watcher receives. Lock and deadline updates change no version. */
export type Update<T extends LiveValueTypes> =
  | { readonly type: 'create'; readonly key: EntryKey; readonly entry: Entry<T> }
  | {
      readonly type: 'overwrite'
      readonly key: EntryKey
      readonly new: Entry<T>
      readonly old: Entry<T>
      readonly message?: MessageOf<T>
    }
  | {
      readonly type: 'mutate'
      readonly key: EntryKey
      readonly mutation: MutationOf<T>
      readonly new: Entry<T>
      readonly old: Entry<T>
    }
  | {
      /** A hosted value changed by a life of its own. */
      readonly type: 'transition'
      readonly key: EntryKey
      readonly cause: TransitionCause
      readonly new: Entry<T>
      readonly old: Entry<T>
    }
  | {
      readonly type: 'remove'
      readonly key: EntryKey
      readonly old: Entry<T>
      readonly reason: RemoveReason
      /** What it leaves behind, where it `completed`. */
      readonly output?: OutputOf<T>
      readonly message?: MessageOf<T>
    }
  | {
      readonly type: 'message'
      readonly key: EntryKey
      readonly message: MessageOf<T>
      readonly entry: Entry<T>
    }
  | ({ readonly type: 'lock'; readonly key: EntryKey } & LockInfo)
  | { readonly type: 'unlock'; readonly key: EntryKey }
  | { readonly type: 'deadline'; readonly key: EntryKey; readonly expiresAt: number | undefined }
  | {
      /** The watcher fell behind: `missed` updates, `missedMessages` of them messages, were dropped. */
      readonly type: 'lagged'
      /** Absent on a watch of the whole store, whose reader lists the store again. */
      readonly key?: EntryKey
      readonly missed: number
      readonly missedMessages: number
      /** The newest entry, read when this update is taken. */
      readonly entry: Entry<T> | undefined
    }

/** Who holds an entry, and until when (milliseconds since 1970), where they said so. */
export interface LockInfo {
  readonly holder?: string
  readonly expiresAt?: number
}
