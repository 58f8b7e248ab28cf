import type { Definition } from './definition.ts'
import type { Entry } from './entry.ts'
import type { EntryKey } from './key.ts'
import type { InputOf, LiveValueTypes, MessageOf, MutationOf, SavedOf, ValueOf } from './live-value.ts'
import type { Result } from './result.ts'
import type { AcquireOptions, HoldOptions, TurnOptions, WatchOptions, WriteOptions } from './turn-options.ts'
import type { LockInfo, Update } from './update.ts'

/** An answer that one engine gives at once and another after a journey: `await` it. */
export type Awaitable<T> = T | Promise<T>

/** The updates of one entry, or of a whole store, from the moment of subscribing; it has one consumer. */
export interface Watch<T extends LiveValueTypes> extends AsyncIterable<Update<T>>, Disposable {
  /** `undefined` on a watch of the whole store. */
  readonly key: EntryKey | undefined
  /** The snapshot at the moment of subscribing: nothing is missed between it and the first update. */
  readonly entry: Entry<T> | undefined
  /** Who holds the entry now. */
  readonly lock: LockInfo | undefined
  /**
   * Calls `listener` with each update; what it throws or rejects with goes to the store's `onError`.
   *
   * @throws StoreError `WATCH_CONSUMED` if this watch has a consumer already.
   */
  onUpdate(listener: (update: Update<T>) => unknown): void
  /** Ends the watch and drops what was not read; safe to call again. */
  close(): void
}

/**
 * Holds one entry: until it is released, nobody else changes or removes it, and it does not expire. Whoever acquired it
 * must release it. Once it is released or lost, every call but `release` throws `GUARD_RELEASED`.
 */
export interface EntryGuard<T extends LiveValueTypes> extends AsyncDisposable {
  readonly key: EntryKey
  /** The fencing token: grows with every acquire of the store, and never repeats until the server starts anew. */
  readonly token: number
  readonly entry: Entry<T>
  /** Aborted when the guard is lost: its lease ran out, its entry ended, or the store closed. */
  readonly signal: AbortSignal
  mutate(mutation: MutationOf<T>): Awaitable<Result<Entry<T>, T['error']>>
  /** Overwrites; answers the new entry. `message` rides on the update. */
  set(value: SavedOf<T>, message?: MessageOf<T>): Awaitable<Entry<T>>
  /** Overwrites with what `change` computes; answers the new entry. */
  update(change: (value: ValueOf<T>) => SavedOf<T>): Awaitable<Entry<T>>
  /** Removes the entry, and with it the guard. */
  remove(message?: MessageOf<T>): Awaitable<Entry<T>>
  broadcast(message: MessageOf<T>): Awaitable<void>
  watch(): Awaitable<Watch<T>>
  /** Holds the entry for `leaseMs` milliseconds from now. */
  renew(leaseMs: number): Awaitable<void>
  /** Gives the turn to whoever waits next; safe to call again. */
  release(): Awaitable<void>
}

/**
 * What every engine offers. Code that may outgrow one machine types against this and awaits everything; the
 * in-memory store narrows many answers to plain ones.
 *
 * Calls that answer a `Promise` wait their turn on the entry, first come first served where the engine says so, and
 * fail with `MAILBOX_FULL`, `WAIT_TIMEOUT` or the reason of their signal when it does not come. From `close()` on,
 * every call but the reads fails with `STORE_CLOSED`; inside a handler every call fails with `REENTRANT`.
 */
export interface LiveStore<T extends LiveValueTypes> extends AsyncDisposable {
  readonly definition: Definition<T>
  /**
   * Stores `value` under a new key.
   *
   * @throws StoreError `STORE_FULL`
   */
  init(value: InputOf<T>): Awaitable<EntryKey>
  /**
   * Stores `value` under `key` if nothing is there; otherwise answers the entry that is, and leaves it alone.
   *
   * @throws StoreError `INVALID_KEY`, `STORE_FULL`
   */
  create(key: EntryKey, value: InputOf<T>): Awaitable<Entry<T> | undefined>
  /** Overwrites; answers the old entry, or `undefined` if there is none, and then writes nothing. */
  assign(key: EntryKey, value: SavedOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined>
  /**
   * Overwrites or creates; answers the old entry, or `undefined` if it created one.
   *
   * @throws StoreError `INVALID_KEY`, `STORE_FULL`
   */
  insert(key: EntryKey, value: InputOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined>
  /** Removes; answers the removed entry, or `undefined` if there is none. */
  remove(key: EntryKey, options?: WriteOptions<T>): Promise<Entry<T> | undefined>
  /** The current snapshot; never waits, not even while the entry is held. A bad key is a miss. */
  fetch(key: EntryKey): Awaitable<Entry<T> | undefined>
  /** Whether there is an entry; a bad key has none. */
  has(key: EntryKey): Awaitable<boolean>
  /** How many entries there are. */
  count(): Awaitable<number>
  /** The keys, lazily and weakly consistent. */
  keys(): Iterable<EntryKey> | AsyncIterable<EntryKey>
  /** The entries, lazily: each is current when it is yielded, and a key comes at most once per epoch. */
  entries(): Iterable<Entry<T>> | AsyncIterable<Entry<T>>
  /**
   * Asks the value to change: the new entry, a typed refusal, or `undefined` if the key does not exist. What a handler
   * throws reaches its own caller and changes nothing.
   *
   * @throws StoreError `UNKNOWN_MUTATION`
   */
  mutate(
    key: EntryKey,
    mutation: MutationOf<T>,
    options?: TurnOptions,
  ): Promise<Result<Entry<T>, T['error']> | undefined>
  /** Overwrites with what `change` computes under the entry's own turn; answers the new entry. */
  update(
    key: EntryKey,
    change: (value: ValueOf<T>) => SavedOf<T>,
    options?: WriteOptions<T>,
  ): Promise<Entry<T> | undefined>
  /** Tells the watchers of `key`; changes nothing, ignores locks. Answers whether the key exists. */
  broadcast(key: EntryKey, message: MessageOf<T>): Awaitable<boolean>
  /**
   * The updates of `key`, or `undefined` if it does not exist. With `awaitCreation` it is always a watch, which lives on
   * from one incarnation to the next; where the entry exists it starts with what follows its `entry`.
   *
   * @throws StoreError `INVALID_KEY` for a bad key with `awaitCreation`
   */
  watch(key: EntryKey, options?: WatchOptions): Awaitable<Watch<T> | undefined>
  /** The updates of every entry, `create` included. */
  watchAll(options?: Pick<WatchOptions, 'signal'>): Awaitable<Watch<T>>
  /** A guard, or `undefined` if the key does not exist, or goes away while waiting. */
  acquire(key: EntryKey, options?: AcquireOptions): Promise<EntryGuard<T> | undefined>
  /** A guard, or `undefined` when the entry is held or missing. */
  tryAcquire(key: EntryKey, options?: HoldOptions): Awaitable<EntryGuard<T> | undefined>
  /**
   * What `run(guard)` answers, with the entry held meanwhile and released whatever happens.
   *
   * @throws StoreError `NOT_FOUND` if the key does not exist; `run` is not called.
   */
  withLock<R>(
    key: EntryKey,
    run: (guard: EntryGuard<T>) => Awaitable<R>,
    options?: AcquireOptions,
  ): Promise<R>
  /** Restarts the idle clock; answers whether the key exists. */
  touch(key: EntryKey): Awaitable<boolean>
  /** Gives the entry a deadline of its own, `ms` milliseconds from now, or takes it back. */
  expireIn(key: EntryKey, ms: number | undefined): Awaitable<boolean>
  /** When the entry expires unless it changes (milliseconds since 1970); `undefined` = never, or missing. */
  expiresAt(key: EntryKey): Awaitable<number | undefined>
  /** Calls `listener` with batches of expired entries; answers a function that removes it. */
  onExpire(listener: (expired: readonly Entry<T>[]) => unknown): () => void
  /** Ends watches, loses guards, fails who waits; safe to call again. */
  close(): Promise<void>
}

/** A store of any kind of value: `LiveStore` is invariant in its types, so only `any` spans them. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyLiveStore = LiveStore<any>

/** The types bundle of `S`, a store or a definition. */
export type TypesOf<S> = S extends { readonly definition: Definition<infer T> }
  ? T
  : S extends Definition<infer T>
    ? T
    : never
