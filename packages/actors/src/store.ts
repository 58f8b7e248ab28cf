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
  InputOf,
  SavedOf,
  ValueOf,
} from '@livestore-kv/core'
import type { EntryActor } from './entries/entry-actor.ts'
import type { Host } from './entries/host.ts'
import type { Shards } from './entries/shards.ts'
import { assertFunction } from './options/assert-function.ts'
import { milliseconds } from './options/milliseconds.ts'
import { resolveOptions } from './options/store-options.ts'
import type { StoreOptions } from './options/store-options.ts'
import { StoreContext } from './store-context.ts'
import { hold, overwrite, remove, restart, update } from './turns/command.ts'
import type { EntryGuard } from './turns/entry-guard.ts'
import {
  assertNoToken,
  assertTurnOptions,
  assertVersion,
  HOLD_OPTIONS,
  WRITE_OPTIONS,
} from './turns/turn-conditions.ts'
import { assertWatchOptions, Watch } from './watches/watch.ts'

/**
 * Not looked up on the key: V8 knows many kinds of strings (flat, joined, sliced …), and inlines no lookup that has met
 * more than four, which made a fetch of 1 M entries 1.3 times as slow, on Node 26 1.8 times.
 */
const charCodeAt: (key: EntryKey, at: number) => number = Function.prototype.call.bind(
  // It is given its `this` by `call`.
  // oxlint-disable-next-line typescript/unbound-method
  String.prototype.charCodeAt,
)

/**
 * A typed, in-memory key/value store whose entries are actors; made by {@link createStore}. Its calls are those of the
 * {@link LiveStore} contract, where each is described; those that need not wait answer at once.
 */
export class Store<T extends LiveValueTypes> implements LiveStore<T> {
  readonly #context: StoreContext<T>
  /** Those of the context, one step nearer to a fetch. */
  readonly #shards: Shards<T>

  constructor(definition: Definition<T>, options: StoreOptions<T> = {}, host?: Host<T>) {
    assertDefinition(definition)
    if (definition.kind === 'hosted' && host === undefined) {
      throw new StoreError(
        'INVALID_DEFINITION',
        `${definition.name} is hosted, and has no machine here: on the server, make it with fromMachine, and its store with createStore`,
      )
    }
    this.#context = new StoreContext(definition, resolveOptions(options), host)
    this.#shards = this.#context.shards
  }

  get definition(): Definition<T> {
    return this.#context.definition
  }

  // Calls that answer at once

  init(value: InputOf<T>): EntryKey {
    const key = createKey()
    this.#context.assertWritable()
    this.#shards.of(key).create(key, value)
    return key
  }

  create(key: EntryKey, value: InputOf<T>): Entry<T> | undefined {
    this.#context.assertWritable()
    const canonical = parseKey(key)
    const existing = this.#shards.fetch(canonical)
    if (existing === undefined) this.#shards.of(canonical).create(canonical, value)
    return existing
  }

  fetch(key: EntryKey): Entry<T> | undefined {
    // Read before the shards are loaded, which would be put aside meanwhile (`docs/decisions/0020-a-fetch-counts-instructions.md`).
    let code = 0
    try {
      code = charCodeAt(key, 0)
    } catch {
      // It cannot be made a string, so it is no key.
    }
    const entry = this.#shards.lookUp(key, code)
    return entry === undefined ? this.#context.lookAgain(key) : entry
  }

  has(key: EntryKey): boolean {
    return this.fetch(key) !== undefined
  }

  count(): number {
    this.#context.assertOutsideHandler()
    return this.#context.count
  }

  keys(): Generator<EntryKey, undefined> {
    this.#context.assertOutsideHandler()
    return this.#context.keys()
  }

  entries(): Generator<Entry<T>, undefined> {
    this.#context.assertOutsideHandler()
    return this.#context.entries()
  }

  broadcast(key: EntryKey, message: MessageOf<T>): boolean {
    const actor = this.#context.findWritable(key)
    if (actor && this.#context.isWatched(actor.activity)) actor.broadcast(this.#context, message)
    return actor !== undefined
  }

  tryAcquire(key: EntryKey, options?: HoldOptions): EntryGuard<T> | undefined {
    const actor = this.#context.findWritable(key)
    if (options !== undefined) assertTurnOptions(options, HOLD_OPTIONS)
    if (actor === undefined || actor.activity?.isTaken || actor.isBusy) return undefined
    return hold(this.#context, actor, undefined, options)
  }

  watch(key: EntryKey, options: WatchOptions & { readonly awaitCreation: true }): Watch<T>
  watch(key: EntryKey, options?: WatchOptions): Watch<T> | undefined
  watch(key: EntryKey, options: WatchOptions = {}): Watch<T> | undefined {
    const actor = this.#context.findWritable(key)
    assertWatchOptions(options)
    if (actor) return actor.shard.watch(actor, options)
    if (!options.awaitCreation) return undefined
    const canonical = parseKey(key)
    return this.#shards.of(canonical).watchAwaited(canonical, options.signal)
  }

  watchAll(options: Pick<WatchOptions, 'signal'> = {}): Watch<T> {
    const context = this.#context
    context.assertWritable()
    assertWatchOptions(options)
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

  touch(key: EntryKey): boolean {
    const actor = this.#context.findWritable(key)
    actor?.shard.deadlines.touch(actor)
    return actor !== undefined
  }

  expireIn(key: EntryKey, ms: number | undefined): boolean {
    const actor = this.#context.findWritable(key)
    if (ms !== undefined) milliseconds('ms', ms)
    actor?.shard.deadlines.set(actor, ms)
    return actor !== undefined
  }

  expiresAt(key: EntryKey): number | undefined {
    const actor = this.#context.find(key)
    return actor?.shard.deadlines.of(actor)
  }

  onExpire(listener: (expired: readonly Entry<T>[]) => unknown): () => void {
    this.#context.assertOutsideHandler()
    assertFunction('listener', listener)
    return this.#context.sweeper.onExpire(listener)
  }

  // Calls that wait their turn

  assign(key: EntryKey, value: SavedOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    return this.#context.turns.ask(key, overwrite, value, options)
  }

  insert(key: EntryKey, value: InputOf<T>, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    try {
      this.#context.assertWritable()
      const canonical = parseKey(key)
      if (this.#context.find(canonical)) {
        // When the incarnation ends meanwhile, the next one is asked: no value is lost.
        const askAgain = (deadline: number): Promise<Entry<T> | undefined> => {
          const timeoutMs = Math.max(1, deadline - this.#context.options.clock.now())
          return this.insert(canonical, value, { ...options, timeoutMs })
        }
        return this.#context.turns.ask(canonical, restart, value, options, askAgain)
      }
      if (options !== undefined) assertTurnOptions(options, WRITE_OPTIONS)
      assertNoToken(canonical, options)
      assertVersion(undefined, options)
      this.#shards.of(canonical).create(canonical, value)
      return Promise.resolve(undefined)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  remove(key: EntryKey, options?: WriteOptions<T>): Promise<Entry<T> | undefined> {
    return this.#context.turns.ask(key, remove, undefined, options)
  }

  mutate(
    key: EntryKey,
    mutation: MutationOf<T>,
    options?: TurnOptions,
  ): Promise<Result<Entry<T>, T['error']> | undefined> {
    return this.#context.turns.mutate(key, mutation, options)
  }

  update(
    key: EntryKey,
    change: (value: ValueOf<T>) => SavedOf<T>,
    options?: WriteOptions<T>,
  ): Promise<Entry<T> | undefined> {
    return this.#context.turns.ask(key, update, change, options)
  }

  acquire(key: EntryKey, options?: AcquireOptions): Promise<EntryGuard<T> | undefined> {
    return this.#context.turns.ask(key, hold, undefined, options)
  }

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

  /** @internal */
  protected actorOf(key: EntryKey): EntryActor<T> | undefined {
    return this.#context.find(key)
  }

  async close(): Promise<void> {
    this.#context.assertOutsideHandler()
    this.#context.close()
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
