import type { LiveValueTypes, MessageOf } from './live-value.ts'

/** What every call that waits its turn takes. */
export interface TurnOptions {
  /** Runs under the lock that the caller holds. */
  readonly token?: number
  /**
   * Fails with `VERSION_CONFLICT` unless the entry is at this version; `0` = must not exist. A call that answers
   * `undefined` for a missing key still does.
   */
  readonly ifVersion?: number | { readonly epoch: number; readonly version: number }
  /** Gives up waiting when it aborts, and rejects with its reason. */
  readonly signal?: AbortSignal
  /** The longest wait in milliseconds; by default the store's `waitTimeoutMs`. */
  readonly timeoutMs?: number
}

/** What an overwriting or removing call takes: `message` rides on the update. */
export interface WriteOptions<T extends LiveValueTypes> extends TurnOptions {
  readonly message?: MessageOf<T>
}

/** How an entry is held. */
export interface HoldOptions {
  /** The guard is lost after so many milliseconds unless it is renewed; absent = held until released. */
  readonly leaseMs?: number
  /** Named to watchers, and in the `WAIT_TIMEOUT` of those who wait. */
  readonly holder?: string
}

/** How an entry is acquired, and how long to wait for it. */
export interface AcquireOptions extends HoldOptions, Pick<TurnOptions, 'signal' | 'timeoutMs'> {}

/** How an entry is watched. */
export interface WatchOptions {
  /** Watches a key that does not exist yet too, from one incarnation to the next. */
  readonly awaitCreation?: boolean
  /** Closes the watch when it aborts. */
  readonly signal?: AbortSignal
}
