import type { Entry, LiveValueTypes, LockInfo, MessageOf, RemoveReason } from '@livestore-kv/core'
import type { ClientError } from '../client-error.ts'

/** How a mirror stands to its entry. */
export type MirrorStatus =
  /** Nothing is known yet. */
  | 'loading'
  /** It follows the entry. */
  | 'live'
  /** The connection is lost, or `error` says why it is not followed now: the entry may have changed since. */
  | 'stale'
  /** There is no such entry, or no longer; `reason` says why. */
  | 'gone'
  /** It cannot be watched; `error` says why. */
  | 'failed'
  /** By `close()`. */
  | 'closed'

/** What is known of an entry at one moment; another object whenever anything of it changes. */
export interface MirrorState<T extends LiveValueTypes> {
  readonly status: MirrorStatus
  /** The newest that is known, with predictions on top; after `remove`, the last one. */
  readonly entry: Entry<T> | undefined
  /** Whether `entry` holds mutations that the server has not told of yet. */
  readonly predicted: boolean
  readonly lock: LockInfo | undefined
  /** When it expires unless something happens: the server's clock, in milliseconds since 1970. */
  readonly expiresAt: number | undefined
  readonly reason: RemoveReason | 'missing' | undefined
  /** Why it cannot be watched; unless it has `failed`, it is asked for again. */
  readonly error: ClientError | undefined
}

/** What happened to an entry, one by one, as the server told it; predictions are none of it. */
export type MirrorUpdate<T extends LiveValueTypes> =
  /** What is here takes the place of all that was known: at first, and when there is no going on from before. */
  | { readonly type: 'snapshot'; readonly entry: Entry<T> }
  | { readonly type: 'mutate'; readonly entry: Entry<T> }
  | { readonly type: 'overwrite'; readonly entry: Entry<T>; readonly message?: MessageOf<T> }
  | { readonly type: 'message'; readonly message: MessageOf<T> }
  | ({ readonly type: 'lock' } & LockInfo)
  | { readonly type: 'unlock' }
  | { readonly type: 'deadline'; readonly expiresAt: number | null }
  /** We read too slowly: `missed` updates were left out, `missedMessages` of them messages. */
  | {
      readonly type: 'lagged'
      readonly missed: number
      readonly missedMessages: number
      readonly entry: Entry<T> | null
    }
  | {
      readonly type: 'remove'
      readonly reason: RemoveReason | 'missing'
      readonly message?: MessageOf<T>
    }
