import { createKey, parseKey, StoreError } from '@livestore-kv/core'
import type {
  Definition,
  Entry,
  AcquireOptions,
  EntryKey,
  HoldOptions,
  LiveStore,
  TurnOptions,
  WatchOptions,
  WriteOptions,
  LiveValueTypes,
  MessageOf,
  MutationOf,
  Result,
  ValueOf,
} from '@livestore-kv/core'
import type { EntryActor } from './entry-actor.ts'
import type { EntryGuard } from './entry-guard.ts'
import { ShardSupervisor } from './shard-supervisor.ts'
import { StoreContext } from './store-context.ts'
import { resolveOptions } from './store-options.ts'
import type { StoreOptions } from './store-options.ts'
import { Watch } from './watch.ts'

/** How many due entries one slice of a sweep looks at: about 2 ms of work. */
const SLICE = 2_048

/** A typed, in-memory key/value store whose entries are actors; made by {@link createStore}. */
export class Store<T extends LiveValueTypes> implements LiveStore<T> {
  readonly #context: StoreContext<T>
  readonly #shards: readonly ShardSupervisor<T>[]
  readonly #expireListeners = new Set<(expired: readonly Entry<T>[]) => unknown>()

  constructor(definition: Definition<T>, options: StoreOptions<T> = {}) {
    const resolved = resolveOptions(options)
    this.#context = new StoreContext(definition, resolved, () => this.#sweep())
    this.#shards = Array.from({ length: resolved.shardCount }, () => new ShardSupervisor(this.#context))
  }

  get definition(): Definition<T> {
    return this.#context.definition
  }

  // Calls that answer at once

  /**
   * Stores `value` under a new key.
   *
   * @throws StoreError `STORE_FULL`, `STORE_CLOSED`
   */
  init(value: ValueOf<T>): EntryKey {
    const key = createKey()
    this.#assertWritable()
    this.#shardOf(key).create(key, value)
    return key
  }

  /**
   * Stores `value` under `key` if nothing is there; otherwise answers the entry that is, and leaves it alone.
   *
   * @throws StoreError `INVALID_KEY`, `STORE_FULL`, `STORE_CLOSED`
   */
  create(key: EntryKey, value: ValueOf<T>): Entry<T> | undefined {
    this.#assertWritable()
    const canonical = parseKey(key)
    const shard = this.#shardOf(canonical)
    const existing = shard.find(canonical)
    if (existing === undefined) shard.create(canonical, value)
    return existing?.entry
  }

  /** The current snapshot; never waits, not even while the entry is held. */
  fetch(key: EntryKey): Entry<T> | undefined {
    return this.#find(key)?.entry
  }

  has(key: EntryKey): boolean {
    return this.#find(key) !== undefined
  }

  count(): number {
    this.#context.assertOutsideHandler()
    return this.#context.count
  }

  /** The keys, lazily and weakly consistent. */
  *keys(): Generator<EntryKey, undefined> {
    for (const entry of this.entries()) yield entry.key
  }

  /** The entries, lazily: each is current when it is yielded, and a key comes at most once per epoch. */
  *entries(): Generator<Entry<T>, undefined> {
    this.#context.assertOutsideHandler()
    for (const shard of this.#shards) for (const actor of shard.actors()) yield actor.entry
  }

  /** Tells the watchers of `key`; changes nothing, ignores locks. Answers whether the key exists. */
  broadcast(key: EntryKey, message: MessageOf<T>): boolean {
    this.#assertWritable()
    const actor = this.#find(key)
    if (actor && this.#context.isWatched(actor.activity)) actor.broadcast(this.#context, message)
    return actor !== undefined
  }

  /** A guard, or `undefined` when the entry is held or missing. */
  tryAcquire(key: EntryKey, options?: HoldOptions): EntryGuard<T> | undefined {
    this.#assertWritable()
    const shard = this.#shardOf(key)
    const actor = shard.find(key)
    if (actor === undefined || actor.activity?.isTaken) return undefined
    return this.#context.turns.hold(shard, actor, options)
  }

  /** The updates of `key`, or `undefined` if it does not exist; with `awaitCreation` always a watch. */
  watch(key: EntryKey, options: WatchOptions & { readonly awaitCreation: true }): Watch<T>
  watch(key: EntryKey, options?: WatchOptions): Watch<T> | undefined
  watch(key: EntryKey, options: WatchOptions = {}): Watch<T> | undefined {
    this.#context.assertOpen()
    const actor = this.#find(key)
    const { awaitCreation = false, signal } = options
    if (actor === undefined && !awaitCreation) return undefined
    const shard = this.#shardOf(key)
    return bound(actor ? shard.watch(actor, awaitCreation) : shard.watchAwaited(parseKey(key)), signal)
  }

  /** The updates of every entry, `create` included. */
  watchAll(options: Pick<WatchOptions, 'signal'> = {}): Watch<T> {
    const context = this.#context
    context.assertOpen()
    const watch: Watch<T> = new Watch(
      undefined,
      {
        capacity: context.options.channelCapacity,
        position: context.position,
        current: () => undefined,
        lock: () => undefined,
        detach: (ended) => context.storeWatches.delete(ended),
        onError: (error) => context.reportError(error),
      },
      true,
    )
    context.storeWatches.add(watch)
    return bound(watch, options.signal)
  }

  /** Restarts the idle clock; answers whether the key exists. */
  touch(key: EntryKey): boolean {
    this.#assertWritable()
    const actor = this.#find(key)
    if (actor) this.#shardOf(key).deadlines.touch(actor)
    return actor !== undefined
  }

  /** Gives the entry a deadline of its own, `ms` milliseconds from now, or takes it back. */
  expireIn(key: EntryKey, ms: number | undefined): boolean {
    this.#assertWritable()
    if (ms !== undefined && !(ms > 0))
      throw new StoreError(
        'INVALID_OPTIONS',
        `ms must be a positive number of milliseconds, not ${String(ms)}`,
      )
    const actor = this.#find(key)
    if (actor) this.#shardOf(key).deadlines.set(actor, ms)
    return actor !== undefined
  }

  /** When the entry expires unless it changes (milliseconds since 1970); `undefined` = never, or missing. */
  expiresAt(key: EntryKey): number | undefined {
    const actor = this.#find(key)
    return actor && this.#shardOf(key).deadlines.of(actor)
  }

  /** Calls `listener` with batches of expired entries; answers a function that removes it. */
  onExpire(listener: (expired: readonly Entry<T>[]) => unknown): () => void {
    this.#expireListeners.add(listener)
    return () => void this.#expireListeners.delete(listener)
  }

  // Calls that wait their turn

  /** Overwrites; answers the old entry, or `undefined` if there is none, and then writes nothing. */
  assign(key: EntryKey, value: ValueOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    return this.#inTurn(key, options, (actor) => {
      const old = actor.entry
      actor.overwrite(this.#context, value, options?.message)
      return old
    })
  }

  /** Overwrites or creates; answers the old entry, or `undefined` if it created one. */
  async insert(key: EntryKey, value: ValueOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    this.#assertWritable()
    const canonical = parseKey(key)
    const shard = this.#shardOf(canonical)
    const actor = shard.find(canonical)
    if (actor === undefined) {
      assertNoToken(canonical, options)
      assertVersion(undefined, canonical, options)
      shard.create(canonical, value)
      return undefined
    }
    const overwrite = (): Entry<T> => {
      const old = actor.entry
      assertVersion(old, canonical, options)
      actor.overwrite(this.#context, value, options?.message)
      return old
    }
    // When the incarnation ends meanwhile, the next one is asked: no value is lost.
    const askAgain = (): Promise<Entry<T> | undefined> => this.insert(canonical, value, options)
    return this.#context.turns.take<Entry<T> | undefined>(actor, options, overwrite, askAgain)
  }

  /** Removes; answers the removed entry, or `undefined` if there is none. */
  remove(key: EntryKey, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    return this.#inTurn(key, options, (actor, shard) => shard.remove(actor, 'removed', options?.message))
  }

  /** Asks the value to change: the new entry, a typed refusal, or `undefined` if the key does not exist. */
  mutate(
    key: EntryKey,
    mutation: MutationOf<T>,
    options?: TurnOptions,
  ): Promise<Result<Entry<T>, T['error']> | undefined> {
    return this.#inTurn(key, options, (actor) => actor.mutate(this.#context, mutation))
  }

  /** Overwrites with what `change` computes under the entry's own turn; answers the new entry. */
  update(
    key: EntryKey,
    change: (value: ValueOf<T>) => ValueOf<T>,
    options?: WriteOptions<T>,
  ): Promise<Entry<T> | undefined> {
    return this.#inTurn(key, options, (actor) => {
      const value = this.#context.handle(() => change(actor.entry.value))
      return actor.overwrite(this.#context, value, options?.message)
    })
  }

  /** A guard, or `undefined` if the key does not exist, or goes away while waiting. */
  acquire(key: EntryKey, options?: AcquireOptions): Promise<EntryGuard<T> | undefined> {
    return this.#inTurn(key, options, (actor, shard) => this.#context.turns.hold(shard, actor, options))
  }

  /**
   * What `run(guard)` answers, with the entry held meanwhile and released whatever happens.
   *
   * @throws StoreError `NOT_FOUND` if the key does not exist; `run` is not called.
   */
  async withLock<R>(
    key: EntryKey,
    run: (guard: EntryGuard<T>) => R | Promise<R>,
    options?: AcquireOptions,
  ): Promise<R> {
    const guard = await this.acquire(key, options)
    if (guard === undefined)
      throw new StoreError('NOT_FOUND', `the ${this.definition.name} store has no entry ${key}`)
    try {
      return await run(guard)
    } finally {
      guard.release()
    }
  }

  /** Stops the actors, ends watches, fails waiters with `STORE_CLOSED`, clears timers; safe to call again. */
  async close(): Promise<void> {
    const context = this.#context
    if (context.closed) return
    context.closed = true
    context.sweepAlarm.clear()
    context.teller.enqueue(() => {
      for (const watch of context.storeWatches) watch.end()
    })
    const error = new StoreError('STORE_CLOSED', `the ${this.definition.name} store is closed`)
    for (const shard of this.#shards) shard.close(error)
    context.turns.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Runs `perform` when it is the caller's turn; answers `undefined` if the key does not exist, or goes away. */
  #inTurn<R>(
    key: EntryKey,
    options: TurnOptions | undefined,
    perform: (actor: EntryActor<T>, shard: ShardSupervisor<T>) => R,
  ): Promise<R | undefined> {
    // Not an async function: the promise of one that waits would take three more ticks to settle.
    try {
      this.#assertWritable()
      const { turns } = this.#context
      const shard = this.#shardOf(key)
      const actor = shard.find(key)
      if (actor === undefined) {
        assertNoToken(key, options)
        return Promise.resolve(undefined)
      }
      if (options === undefined && turns.isFree(actor)) return Promise.resolve(perform(actor, shard))

      const inTurn = (): R => {
        assertVersion(actor.entry, key, options)
        return perform(actor, shard)
      }
      return Promise.resolve(turns.take<R | undefined>(actor, options, inTurn, () => undefined))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #assertWritable(): void {
    this.#context.assertOutsideHandler()
    this.#context.assertOpen()
  }

  #find(key: EntryKey): EntryActor<T> | undefined {
    this.#context.assertOutsideHandler()
    return this.#shardOf(key).find(key)
  }

  /** By the last three of the key's random hex digits; the same for either case. */
  #shardOf(key: EntryKey): ShardSupervisor<T> {
    if (typeof key !== 'string') return this.#shards[0] as ShardSupervisor<T>
    const digits = (hexDigit(key, 33) << 8) | (hexDigit(key, 34) << 4) | hexDigit(key, 35)
    // The mask keeps it within the array, whatever the key.
    return this.#shards[digits & (this.#shards.length - 1)] as ShardSupervisor<T>
  }

  #sweep(): void {
    const expired: Entry<T>[] = []
    let left = SLICE
    for (const shard of this.#shards) left -= shard.sweep(left, expired)
    if (this.#shards.some((shard) => !shard.deadlines.isEmpty)) this.#context.scheduleSweep(left === 0)
    if (expired.length > 0) this.#tellExpired(expired)
  }

  #tellExpired(expired: readonly Entry<T>[]): void {
    for (const listener of this.#expireListeners) {
      try {
        const answer = listener(expired)
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#context.reportError(error))
      } catch (error) {
        this.#context.reportError(error)
      }
    }
  }
}

/** Makes an empty store of one kind of value. @throws StoreError `INVALID_OPTIONS`, which names the option. */
export function createStore<T extends LiveValueTypes>(
  definition: Definition<T>,
  options?: StoreOptions<T>,
): Store<T> {
  return new Store(definition, options)
}

function hexDigit(key: string, at: number): number {
  const code = key.charCodeAt(at)
  return (code & 15) + (code >> 6) * 9
}

function bound<T extends LiveValueTypes>(watch: Watch<T>, signal: AbortSignal | undefined): Watch<T> {
  if (signal?.aborted) watch.close()
  else signal?.addEventListener('abort', () => watch.close(), { once: true })
  return watch
}

function assertNoToken(key: EntryKey, options: TurnOptions | undefined): void {
  if (options?.token === undefined) return
  throw new StoreError('GUARD_RELEASED', `entry ${key} is gone, and token ${options.token} with it`)
}

function assertVersion<T extends LiveValueTypes>(
  entry: Entry<T> | undefined,
  key: EntryKey,
  options: TurnOptions | undefined,
): void {
  const wanted = options?.ifVersion
  if (wanted === undefined) return
  const { epoch, version } = typeof wanted === 'number' ? { epoch: entry?.epoch, version: wanted } : wanted
  if (version === (entry?.version ?? 0) && (entry === undefined || epoch === entry.epoch)) return
  throw new StoreError(
    'VERSION_CONFLICT',
    `entry ${key} is at version ${entry?.version ?? 0}, not ${version}`,
  )
}
