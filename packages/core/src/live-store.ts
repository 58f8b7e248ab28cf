import type { Definition } from './definition.ts'
import type { Entry } from './entry.ts'
import type { EntryKey } from './key.ts'
import type { LiveValueTypes, MessageOf, MutationOf, ValueOf } from './live-value.ts'
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
  onUpdate(listener: (update: Update<T>) => unknown): void
  close(): void
}

/** Holds one entry: until it is released, nobody else changes or removes it, and it does not expire. */
export interface EntryGuard<T extends LiveValueTypes> extends AsyncDisposable {
  readonly key: EntryKey
  /** The fencing token: grows with every acquire of the entry and never repeats. */
  readonly token: number
  readonly entry: Entry<T>
  /** Aborted when the guard is lost. */
  readonly signal: AbortSignal
  mutate(mutation: MutationOf<T>): Awaitable<Result<Entry<T>, T['error']>>
  set(value: ValueOf<T>, message?: MessageOf<T>): Awaitable<Entry<T>>
  update(change: (value: ValueOf<T>) => ValueOf<T>): Awaitable<Entry<T>>
  remove(message?: MessageOf<T>): Awaitable<Entry<T>>
  broadcast(message: MessageOf<T>): Awaitable<void>
  watch(): Awaitable<Watch<T>>
  renew(leaseMs: number): Awaitable<void>
  release(): Awaitable<void>
}

/**
 * What every engine offers. Code that may outgrow one machine types against this and awaits everything; the
 * in-memory store narrows many answers to plain ones.
 */
export interface LiveStore<T extends LiveValueTypes> extends AsyncDisposable {
  readonly definition: Definition<T>
  init(value: ValueOf<T>): Awaitable<EntryKey>
  create(key: EntryKey, value: ValueOf<T>): Awaitable<Entry<T> | undefined>
  assign(key: EntryKey, value: ValueOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined>
  insert(key: EntryKey, value: ValueOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined>
  remove(key: EntryKey, options?: WriteOptions<T>): Promise<Entry<T> | undefined>
  fetch(key: EntryKey): Awaitable<Entry<T> | undefined>
  has(key: EntryKey): Awaitable<boolean>
  count(): Awaitable<number>
  keys(): Iterable<EntryKey> | AsyncIterable<EntryKey>
  entries(): Iterable<Entry<T>> | AsyncIterable<Entry<T>>
  mutate(
    key: EntryKey,
    mutation: MutationOf<T>,
    options?: TurnOptions,
  ): Promise<Result<Entry<T>, T['error']> | undefined>
  update(
    key: EntryKey,
    change: (value: ValueOf<T>) => ValueOf<T>,
    options?: WriteOptions<T>,
  ): Promise<Entry<T> | undefined>
  broadcast(key: EntryKey, message: MessageOf<T>): Awaitable<boolean>
  watch(key: EntryKey, options?: WatchOptions): Awaitable<Watch<T> | undefined>
  watchAll(options?: Pick<WatchOptions, 'signal'>): Awaitable<Watch<T>>
  acquire(key: EntryKey, options?: AcquireOptions): Promise<EntryGuard<T> | undefined>
  tryAcquire(key: EntryKey, options?: HoldOptions): Awaitable<EntryGuard<T> | undefined>
  withLock<R>(
    key: EntryKey,
    run: (guard: EntryGuard<T>) => Awaitable<R>,
    options?: AcquireOptions,
  ): Promise<R>
  touch(key: EntryKey): Awaitable<boolean>
  expireIn(key: EntryKey, ms: number | undefined): Awaitable<boolean>
  expiresAt(key: EntryKey): Awaitable<number | undefined>
  onExpire(listener: (expired: readonly Entry<T>[]) => unknown): () => void
  close(): Promise<void>
}

/** A store of any kind of value: `LiveStore` is invariant in its types, so only `any` spans them. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyLiveStore = LiveStore<any>

/** The types bundle of the store `S`. */
export type TypesOf<S> = S extends { readonly definition: Definition<infer T> } ? T : never
