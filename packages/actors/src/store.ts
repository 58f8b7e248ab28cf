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
import { assertFunction } from './assert-function.ts'
import { hold, mutate, overwrite, remove, update } from './command.ts'
import type { EntryGuard } from './entry-guard.ts'
import { StoreContext } from './store-context.ts'
import { milliseconds } from './milliseconds.ts'
import { resolveOptions } from './store-options.ts'
import type { StoreOptions } from './store-options.ts'
import { assertNoToken, assertTurnOptions, assertVersion } from './turn-conditions.ts'
import { Watch } from './watch.ts'

/** A typed, in-memory key/value store whose entries are actors; made by {@link createStore}. */
export class Store<T extends LiveValueTypes> implements LiveStore<T> {
  readonly #context: StoreContext<T>

  constructor(definition: Definition<T>, options: StoreOptions<T> = {}) {
    assertDefinition(definition)
    this.#context = new StoreContext(definition, resolveOptions(options))
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
    this.#context.assertWritable()
    this.#context.shardOf(key).create(key, value)
    return key
  }

  /**
   * Stores `value` under `key` if nothing is there; otherwise answers the entry that is, and leaves it alone.
   *
   * @throws StoreError `INVALID_KEY`, `STORE_FULL`, `STORE_CLOSED`
   */
  create(key: EntryKey, value: ValueOf<T>): Entry<T> | undefined {
    this.#context.assertWritable()
    const canonical = parseKey(key)
    const shard = this.#context.shardOf(canonical)
    const existing = shard.find(canonical)
    if (existing === undefined) shard.create(canonical, value)
    return existing?.entry
  }

  /** The current snapshot; never waits, not even while the entry is held. */
  fetch(key: EntryKey): Entry<T> | undefined {
    return this.#context.find(key)?.entry
  }

  has(key: EntryKey): boolean {
    return this.#context.find(key) !== undefined
  }

  count(): number {
    this.#context.assertOutsideHandler()
    return this.#context.count
  }

  /** The keys, lazily and weakly consistent. */
  keys(): Generator<EntryKey, undefined> {
    this.#context.assertOutsideHandler()
    return this.#context.keys()
  }

  /** The entries, lazily: each is current when it is yielded, and a key comes at most once per epoch. */
  entries(): Generator<Entry<T>, undefined> {
    this.#context.assertOutsideHandler()
    return this.#context.entries()
  }

  /** Tells the watchers of `key`; changes nothing, ignores locks. Answers whether the key exists. */
  broadcast(key: EntryKey, message: MessageOf<T>): boolean {
    this.#context.assertWritable()
    const actor = this.#context.find(key)
    if (actor && this.#context.isWatched(actor.activity)) actor.broadcast(this.#context, message)
    return actor !== undefined
  }

  /** A guard, or `undefined` when the entry is held or missing. */
  tryAcquire(key: EntryKey, options?: HoldOptions): EntryGuard<T> | undefined {
    this.#context.assertWritable()
    const actor = this.#context.find(key)
    if (actor === undefined || actor.activity?.isTaken) return undefined
    return hold(this.#context, actor, undefined, options)
  }

  /**
   * The updates of `key`, or `undefined` if it does not exist. With `awaitCreation` it is always a watch, which lives on
   * from one incarnation to the next; where the entry exists it starts with what follows its `entry`.
   */
  watch(key: EntryKey, options: WatchOptions & { readonly awaitCreation: true }): Watch<T>
  watch(key: EntryKey, options?: WatchOptions): Watch<T> | undefined
  watch(key: EntryKey, options: WatchOptions = {}): Watch<T> | undefined {
    this.#context.assertWritable()
    const actor = this.#context.find(key)
    if (actor) return this.#context.shardOf(key).watch(actor, options)
    if (!options.awaitCreation) return undefined
    const canonical = parseKey(key)
    return this.#context.shardOf(canonical).watchAwaited(canonical, options.signal)
  }

  /** The updates of every entry, `create` included. */
  watchAll(options: Pick<WatchOptions, 'signal'> = {}): Watch<T> {
    const context = this.#context
    context.assertWritable()
    const watch: Watch<T> = new Watch(
      undefined,
      {
        ...context.watchSource(),
        current: () => undefined,
        lock: () => undefined,
        detach: (ended) => context.storeWatches.delete(ended),
      },
      true,
    )
    context.storeWatches.add(watch)
    return watch.closeOn(options.signal)
  }

  /** Restarts the idle clock; answers whether the key exists. */
  touch(key: EntryKey): boolean {
    this.#context.assertWritable()
    const actor = this.#context.find(key)
    if (actor) this.#context.shardOf(key).deadlines.touch(actor)
    return actor !== undefined
  }

  /** Gives the entry a deadline of its own, `ms` milliseconds from now, or takes it back. */
  expireIn(key: EntryKey, ms: number | undefined): boolean {
    this.#context.assertWritable()
    if (ms !== undefined) milliseconds('ms', ms)
    const actor = this.#context.find(key)
    if (actor) this.#context.shardOf(key).deadlines.set(actor, ms)
    return actor !== undefined
  }

  /** When the entry expires unless it changes (milliseconds since 1970); `undefined` = never, or missing. */
  expiresAt(key: EntryKey): number | undefined {
    const actor = this.#context.find(key)
    return actor && this.#context.shardOf(key).deadlines.of(actor)
  }

  /** Calls `listener` with batches of expired entries; answers a function that removes it. */
  onExpire(listener: (expired: readonly Entry<T>[]) => unknown): () => void {
    this.#context.assertOutsideHandler()
    assertFunction('listener', listener)
    return this.#context.sweeper.onExpire(listener)
  }

  // Calls that wait their turn

  /** Overwrites; answers the old entry, or `undefined` if there is none, and then writes nothing. */
  assign(key: EntryKey, value: ValueOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    return this.#context.turns.ask(key, overwrite, value, options)
  }

  /** Overwrites or creates; answers the old entry, or `undefined` if it created one. */
  insert(key: EntryKey, value: ValueOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    try {
      this.#context.assertWritable()
      const canonical = parseKey(key)
      if (this.#context.find(canonical)) {
        // When the incarnation ends meanwhile, the next one is asked: no value is lost.
        const askAgain = (deadline: number): Promise<Entry<T> | undefined> => {
          const timeoutMs = Math.max(1, deadline - this.#context.options.clock.now())
          return this.insert(canonical, value, { ...options, timeoutMs })
        }
        return this.#context.turns.ask(canonical, overwrite, value, options, askAgain)
      }
      if (options !== undefined) assertTurnOptions(options)
      assertNoToken(canonical, options)
      assertVersion(undefined, options)
      this.#context.shardOf(canonical).create(canonical, value)
      return Promise.resolve(undefined)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Removes; answers the removed entry, or `undefined` if there is none. */
  remove(key: EntryKey, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    return this.#context.turns.ask(key, remove, undefined, options)
  }

  /** Asks the value to change: the new entry, a typed refusal, or `undefined` if the key does not exist. */
  mutate(
    key: EntryKey,
    mutation: MutationOf<T>,
    options?: TurnOptions,
  ): Promise<Result<Entry<T>, T['error']> | undefined> {
    return this.#context.turns.ask(key, mutate, mutation, options)
  }

  /** Overwrites with what `change` computes under the entry's own turn; answers the new entry. */
  update(
    key: EntryKey,
    change: (value: ValueOf<T>) => ValueOf<T>,
    options?: WriteOptions<T>,
  ): Promise<Entry<T> | undefined> {
    return this.#context.turns.ask(key, update, change, options)
  }

  /** A guard, or `undefined` if the key does not exist, or goes away while waiting. */
  acquire(key: EntryKey, options?: AcquireOptions): Promise<EntryGuard<T> | undefined> {
    return this.#context.turns.ask(key, hold, undefined, options)
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
    context.assertOutsideHandler()
    if (context.closed) return
    context.closed = true
    context.sweeper.close()
    context.teller.enqueue(() => {
      for (const watch of context.storeWatches) watch.end()
    })
    const error = new StoreError('STORE_CLOSED', `the ${this.definition.name} store is closed`)
    for (const shard of this.#context.shards) shard.close(error)
    context.turns.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function assertDefinition(definition: unknown): void {
  if (typeof definition === 'object' && definition !== null && 'mutate' in definition && 'name' in definition)
    return
  throw new StoreError('INVALID_DEFINITION', 'a store takes a definition that defineValue made')
}

/** Makes an empty store of one kind of value. @throws StoreError `INVALID_OPTIONS`, which names the option. */
export function createStore<T extends LiveValueTypes>(
  definition: Definition<T>,
  options?: StoreOptions<T>,
): Store<T> {
  return new Store(definition, options)
}
