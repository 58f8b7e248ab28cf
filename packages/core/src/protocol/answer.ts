import type { LockInfo } from '../update.ts'
import type { RequestType } from './client-frame.ts'
import type { TopicPosition } from './position.ts'
import type { WireEntry } from './wire-entry.ts'
import type { WireLock } from './wire-lock.ts'

/** The state of an entry at one moment, as a subscriber is given it. */
export interface WireSnapshot {
  readonly entry: WireEntry
  /** Who holds the entry; `null` while nobody does. */
  readonly lock: LockInfo | null
  /** When it expires unless it changes (milliseconds since 1970); `null` = never, or not known. */
  readonly expiresAt: number | null
}

/** What answers each request. */
export interface Answers {
  init: { readonly key: string }
  /** The entry that is there already, or `null` if this one was created. */
  create: { readonly existing: WireEntry | null }
  /** `null` if the key does not exist. */
  fetch: { readonly entry: WireEntry | null }
  /** The entry as it was. */
  assign: { readonly old: WireEntry }
  /** The entry as it was, or `null` if this one was created. */
  insert: { readonly old: WireEntry | null }
  /**
   * The updates that follow name `topic` and have a larger `seq`. They begin right after the snapshot. A request with
   * `from` is answered without an `entry`: what it missed, or a `snapshot` update, follows.
   */
  watch: TopicPosition & Omit<WireSnapshot, 'entry'> & { readonly entry: WireEntry | null }
  /** Every entry that the user may see, and then what follows on `topic`. */
  watchStore: TopicPosition & { readonly entries: readonly WireEntry[] }
  unwatch: Record<string, never>
  /** Where the accepted mutation led. */
  mutate: { readonly epoch: number; readonly version: number; readonly changedAt: number }
  broadcast: Record<string, never>
  acquire: {
    /** The fencing token, of use to this session only. */
    readonly token: number
    /** When the lease ends, in milliseconds since 1970. */
    readonly expiresAt: number
    readonly entry: WireEntry
  }
  renew: { readonly expiresAt: number }
  release: Record<string, never>
  /** The entry that was removed. */
  remove: { readonly entry: WireEntry }
  enter: Record<string, never>
  leave: Record<string, never>
  /** Whether the request was still waiting. */
  cancel: { readonly cancelled: boolean }
  refresh: {
    /** When the new credentials run out, in milliseconds since 1970; `null` = they do not. */
    readonly expiresAt: number | null
    /** The locks that this session still holds. */
    readonly locks: readonly WireLock[]
  }
}

/** What answers a request of type `K`. */
export type AnswerTo<K extends RequestType> = Answers[K]
