import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryGuard as EntryGuardContract,
  EntryKey,
  HoldOptions,
  LiveValueTypes,
  LockInfo,
  MessageOf,
  MutationOf,
  Result,
  ValueOf,
} from '@livestore-kv/core'
import { Alarm } from './alarm.ts'
import type { EntryActor } from './entry-actor.ts'
import type { ShardSupervisor } from './shard-supervisor.ts'
import type { StoreContext } from './store-context.ts'
import type { Watch } from './watch.ts'

/**
 * Holds one entry: until it is released, nobody else changes or removes the entry, and it does not expire.
 * Whoever acquired it must release it; `using` does. Its calls answer at once.
 */
export class EntryGuard<T extends LiveValueTypes> implements EntryGuardContract<T>, Disposable {
  /** The fencing token: grows with every acquire of the store and never repeats. */
  readonly token: number
  readonly #context: StoreContext<T>
  readonly #shard: ShardSupervisor<T>
  readonly #actor: EntryActor<T>
  readonly #holder: string | undefined
  #lease: Alarm | undefined
  #abort: AbortController | undefined
  #lost = false

  constructor(
    context: StoreContext<T>,
    shard: ShardSupervisor<T>,
    actor: EntryActor<T>,
    token: number,
    options: HoldOptions | undefined,
  ) {
    this.token = token
    this.#context = context
    this.#shard = shard
    this.#actor = actor
    this.#holder = options?.holder
    if (options?.leaseMs !== undefined) this.#lend(options.leaseMs)
  }

  get key(): EntryKey {
    return this.#actor.entry.key
  }

  /** The current snapshot, or the last one that the guard protected. */
  get entry(): Entry<T> {
    return this.#actor.entry
  }

  /** Aborted when the guard is lost: its lease ran out, its entry was removed, or the store closed. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#lost) this.#abort.abort(this.#loss())
    }
    return this.#abort.signal
  }

  /** Who holds the entry and until when, as watchers are told. */
  get info(): LockInfo {
    const expiresAt = this.#lease?.at
    return {
      ...(this.#holder !== undefined && { holder: this.#holder }),
      ...(expiresAt !== undefined && { expiresAt }),
    }
  }

  /** @throws StoreError `GUARD_RELEASED` */
  mutate(mutation: MutationOf<T>): Result<Entry<T>, T['error']> {
    this.#assertHeld()
    return this.#actor.mutate(this.#context, mutation)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  set(value: ValueOf<T>, message?: MessageOf<T>): Entry<T> {
    this.#assertHeld()
    return this.#actor.overwrite(this.#context, value, message)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  update(change: (value: ValueOf<T>) => ValueOf<T>): Entry<T> {
    this.#assertHeld()
    const value = this.#context.handle(() => change(this.#actor.entry.value))
    return this.#actor.overwrite(this.#context, value, undefined)
  }

  /**
   * Removes the entry and with it the guard.
   *
   * @throws StoreError `GUARD_RELEASED`
   */
  remove(message?: MessageOf<T>): Entry<T> {
    this.#assertHeld()
    return this.#shard.remove(this.#actor, 'removed', message)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  broadcast(message: MessageOf<T>): void {
    this.#assertHeld()
    this.#actor.broadcast(this.#context, message)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  watch(): Watch<T> {
    this.#assertHeld()
    return this.#shard.watch(this.#actor, false)
  }

  /**
   * Holds the entry for `leaseMs` milliseconds from now.
   *
   * @throws StoreError `GUARD_RELEASED`
   */
  renew(leaseMs: number): void {
    this.#assertHeld()
    this.#lend(leaseMs)
    this.#context.turns.tellLock(this.#actor, this)
  }

  /** Gives the turn to whoever waits next; safe to call again. */
  release(): void {
    if (!this.#isHeld) return
    this.#lease?.clear()
    this.#context.turns.release(this.#actor)
  }

  [Symbol.dispose](): void {
    this.release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release()
    return Promise.resolve()
  }

  /** @internal The guard protects nothing any more: not by its owner's will. */
  lose(): void {
    this.#lease?.clear()
    this.#lost = true
    this.#abort?.abort(this.#loss())
  }

  get #isHeld(): boolean {
    return this.#actor.activity?.guard === this
  }

  #lend(leaseMs: number): void {
    if (!(leaseMs > 0))
      throw new StoreError(
        'INVALID_OPTIONS',
        `leaseMs must be a positive number of milliseconds, not ${String(leaseMs)}`,
      )
    const { clock } = this.#context.options
    this.#lease ??= new Alarm(clock, () => {
      this.lose()
      this.release()
    })
    this.#lease.set(clock.now() + leaseMs)
  }

  #loss(): StoreError {
    return new StoreError('GUARD_RELEASED', `the guard of entry ${this.key} was lost`)
  }

  #assertHeld(): void {
    this.#context.assertOutsideHandler()
    if (!this.#isHeld) throw new StoreError('GUARD_RELEASED', `the guard of entry ${this.key} was released`)
  }
}
