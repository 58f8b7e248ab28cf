import { StoreError } from '@livestore-kv/core'
import type {
  Definition,
  Entry,
  EntryKey,
  InputOf,
  LiveValueTypes,
  MutationOf,
  Result,
  Update,
  ValueOf,
} from '@livestore-kv/core'
import type { Activity } from './entries/activity.ts'
import { EntryActor } from './entries/entry-actor.ts'
import { shapeSnapshots } from './entries/entry-snapshot.ts'
import type { EntrySnapshot } from './entries/entry-snapshot.ts'
import { Freezer } from './entries/freezer.ts'
import type { Host } from './entries/host.ts'
import { ShardSupervisor } from './entries/shard-supervisor.ts'
import { Shards } from './entries/shards.ts'
import { Slots } from './expiry/slots.ts'
import { Sweeper } from './expiry/sweeper.ts'
import type { ResolvedOptions } from './options/store-options.ts'
import { Turns } from './turns/turns.ts'
import { isThenable } from './thenable.ts'
import { Teller } from './watches/teller.ts'
import type { Watch, WatchSource } from './watches/watch.ts'

/** What the shards, guards and watches of one store share. */
export class StoreContext<T extends LiveValueTypes> {
  readonly definition: Definition<T>
  readonly options: ResolvedOptions<T>
  readonly teller = new Teller()
  readonly storeWatches = new Set<Watch<T>>()
  readonly shards: Shards<T>
  readonly turns: Turns<T>
  readonly sweeper: Sweeper<T>
  readonly slots: Slots
  /** The slot in which an entry that changes {@link now} has been idle too long; 0 where none ever is. */
  idleDue = 0
  /** The newest update's place in the store's one order. */
  position = 0
  count = 0
  closed = false
  #now = NaN
  #token = 0
  // A random start, so that a key re-created after a restart gets another epoch; a whole number of 32 bits,
  // because V8 keeps those in the entry itself and boxes larger ones (16 bytes each).
  #epoch = crypto.getRandomValues(new Int32Array(1))[0] ?? 0
  readonly #freezer: Pick<Freezer, 'freeze'> | undefined
  readonly #host: Host<T> | undefined

  constructor(definition: Definition<T>, options: ResolvedOptions<T>, host?: Host<T>) {
    shapeSnapshots()
    this.definition = definition
    this.#host = host
    this.options = options
    this.#freezer = options.freeze === 'deep' ? (host ?? new Freezer()) : undefined
    this.slots = new Slots(options.sweepMs, options.clock.now())
    this.shards = new Shards(options.shardCount, () => new ShardSupervisor(this))
    this.turns = new Turns(this)
    this.sweeper = new Sweeper(this)
  }

  /**
   * For what {@link Shards.lookUp} has not found.
   *
   * @throws StoreError `REENTRANT` inside a handler.
   */
  lookAgain(key: EntryKey): Entry<T> | undefined {
    this.assertOutsideHandler()
    return this.shards.lookAgain(key)
  }

  /** @throws StoreError `REENTRANT` inside a handler. */
  find(key: EntryKey): EntryActor<T> | undefined {
    this.assertOutsideHandler()
    return this.shards.find(key)
  }

  /** @throws StoreError `REENTRANT`, `STORE_CLOSED` */
  findWritable(key: EntryKey): EntryActor<T> | undefined {
    this.assertWritable()
    return this.shards.find(key)
  }

  *entries(): Generator<Entry<T>, undefined> {
    for (const shard of this.shards.all) yield* shard.entries.values()
  }

  *keys(): Generator<EntryKey, undefined> {
    for (const { key } of this.entries()) yield key
  }

  /** The time of a change. */
  now(): number {
    const now = this.options.clock.now()
    if (now === this.#now) return now
    this.#now = now
    const timeoutMs = this.options.expiry?.timeoutMs
    this.idleDue = timeoutMs === undefined ? 0 : this.slots.from(now + timeoutMs)
    return now
  }

  nextToken(): number {
    return ++this.#token
  }

  nextEpoch(): number {
    this.#epoch = (this.#epoch + 1) | 0
    return this.#epoch
  }

  /** The actor of a new entry. */
  createActor(key: EntryKey, input: InputOf<T>): EntryActor<T> {
    if (this.#host) return this.#host.createActor(this, key, input)
    // What is not hosted is made of its value.
    return new EntryActor(this, key, input as ValueOf<T>)
  }

  /** `value` as it is stored. */
  sealed(value: ValueOf<T>): ValueOf<T> {
    return this.#freezer === undefined ? value : this.#freezer.freeze(value)
  }

  sealedEntry(entry: EntrySnapshot<T>): EntrySnapshot<T> {
    if (this.#freezer !== undefined) Object.freeze(entry)
    return entry
  }

  /** The outcome of `mutation`; {@link handle} and its closure would cost a mutation 3 % to 5 %. */
  mutate(entry: Entry<T>, mutation: MutationOf<T>): Result<ValueOf<T>, T['error']> {
    this.shards.hide()
    try {
      return this.definition.mutate(entry, mutation)
    } finally {
      this.shards.show()
    }
  }

  /** Runs user code that must not call the store. */
  handle<R>(handler: () => R): R {
    if (this.shards.areHidden) return handler()
    this.shards.hide()
    try {
      return handler()
    } finally {
      this.shards.show()
    }
  }

  /** @throws StoreError `REENTRANT`, `STORE_CLOSED` */
  assertWritable(): void {
    this.assertOutsideHandler()
    this.assertOpen()
  }

  /** @throws StoreError `REENTRANT` inside a handler. */
  assertOutsideHandler(): void {
    if (this.shards.areHidden) throw reentrant(this.definition)
  }

  /** @throws StoreError `STORE_CLOSED` from `close()` on. */
  assertOpen(): void {
    if (this.closed) throw storeClosed(this.definition)
  }

  /**
   * For a change of an entry that something else happened to.
   *
   * @throws StoreError `STORE_CLOSED`, `REENTRANT`
   */
  refuseCommit(key: EntryKey): never {
    this.assertOpen()
    throw new StoreError('REENTRANT', `entry ${key} was changed while its new value was frozen`)
  }

  /** @throws StoreError `STORE_FULL` */
  assertRoom(): void {
    if (this.count < this.options.maxEntries) return
    throw new StoreError(
      'STORE_FULL',
      `the ${this.definition.name} store holds ${this.count} entries, its maxEntries`,
    )
  }

  /** Whether anybody would hear an update of the entry. */
  isWatched(activity: Activity<T> | undefined): boolean {
    return this.storeWatches.size > 0 || (activity !== undefined && activity.isWatched)
  }

  /** Tells the watches of one entry, if any, and those of the whole store. */
  tell(activity: Activity<T> | undefined, update: Update<T>): void {
    const position = ++this.position
    // Every watcher gets the same one.
    if (this.#freezer !== undefined) Object.freeze(update)
    const watches = activity?.watches
    this.teller.enqueue(() => {
      if (watches) for (const watch of watches) watch.deliver(update, position)
      for (const watch of this.storeWatches) watch.deliver(update, position)
    })
  }

  /** Stops everything: watches end, guards are lost, who waits fails, timers are cleared. Once. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.sweeper.close()
    this.teller.enqueue(() => {
      for (const watch of this.storeWatches) watch.end()
    })
    const error = storeClosed(this.definition)
    for (const shard of this.shards.all) shard.close(error)
    this.turns.close()
    // Who is told of it may read what it was told of, and so may whoever has not been told that it is closed.
    this.teller.enqueue(() =>
      queueMicrotask(() => {
        for (const shard of this.shards.all) shard.letGo()
      }),
    )
  }

  /** What every watch asks of its store, from now on. */
  watchSource(): Pick<WatchSource<T>, 'capacity' | 'position' | 'afterTelling' | 'call'> {
    return {
      capacity: this.options.channelCapacity,
      position: () => this.position,
      afterTelling: (task) => this.teller.enqueue(task),
      call: (listener, update) => this.call(listener, update),
    }
  }

  /** Calls a listener: what it throws or rejects with goes to `onError`. */
  call<A>(listener: (argument: A) => unknown, argument: A): void {
    try {
      const answer = listener(argument)
      if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.reportError(error))
    } catch (error) {
      this.reportError(error)
    }
  }

  reportError(error: unknown): void {
    try {
      const answer: unknown = this.options.onError(error)
      if (isThenable(answer)) answer.then(undefined, () => undefined)
    } catch {
      // There is nobody left to tell, nor of what it rejects with.
    }
  }
}

function reentrant({ name }: { readonly name: string }): StoreError {
  return new StoreError('REENTRANT', `${name}: a handler must not call its store`)
}

function storeClosed({ name }: { readonly name: string }): StoreError {
  return new StoreError('STORE_CLOSED', `the ${name} store is closed`)
}
