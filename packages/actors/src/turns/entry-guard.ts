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
  SavedOf,
  ValueOf,
} from '@livestore-kv/core'
import { Alarm } from '../alarm.ts'
import type { EntryActor } from '../entries/entry-actor.ts'
import { milliseconds } from '../options/milliseconds.ts'
import type { StoreContext } from '../store-context.ts'
import type { Watch } from '../watches/watch.ts'

/**
 * Holds one entry: until it is released, nobody else changes or removes the entry, and it does not expire.
 * Whoever acquired it must release it; `using` does. Its calls answer at once.
 */
export class EntryGuard<T extends LiveValueTypes> implements EntryGuardContract<T>, Disposable {
  /** The fencing token: grows with every acquire of the store and never repeats. */
  readonly token: number
  /** Who holds the entry, where they said so. */
  readonly holder: string | undefined
  readonly #context: StoreContext<T>
  readonly #actor: EntryActor<T>
  #lease: Alarm | undefined
  #abort: AbortController | undefined

  constructor(context: StoreContext<T>, actor: EntryActor<T>, options: HoldOptions | undefined) {
    this.token = context.nextToken()
    this.#context = context
    this.#actor = actor
    this.holder = options?.holder
    if (options?.leaseMs !== undefined) this.#lend(options.leaseMs)
  }

  get key(): EntryKey {
    return this.#actor.entry.key
  }

  /** The newest snapshot of the incarnation that was acquired; others may change it once the guard is released. */
  get entry(): Entry<T> {
    return this.#actor.entry
  }

  /** Aborted when the guard is lost: its lease ran out, its entry was removed, or the store closed. */
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal
  }

  /** Who holds the entry and until when, as watchers are told. */
  get info(): LockInfo {
    const expiresAt = this.#lease?.at
    return {
      ...(this.holder !== undefined && { holder: this.holder }),
      ...(expiresAt !== undefined && { expiresAt }),
    }
  }

  /** @throws StoreError `GUARD_RELEASED` */
  mutate(mutation: MutationOf<T>): Result<Entry<T>, T['error']> {
    this.#assertHeld()
    return this.#actor.mutate(this.#context, mutation)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  set(value: SavedOf<T>, message?: MessageOf<T>): Entry<T> {
    this.#assertHeld()
    return this.#actor.overwrite(this.#context, value, message)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  update(change: (value: ValueOf<T>) => SavedOf<T>): Entry<T> {
    this.#assertHeld()
    return this.#actor.update(this.#context, change, undefined)
  }

  /**
   * Removes the entry and with it the guard.
   *
   * @throws StoreError `GUARD_RELEASED`
   */
  remove(message?: MessageOf<T>): Entry<T> {
    this.#assertHeld()
    return this.#actor.shard.remove(this.#actor, 'removed', message && { message })
  }

  /** @throws StoreError `GUARD_RELEASED` */
  broadcast(message: MessageOf<T>): void {
    this.#assertHeld()
    this.#actor.broadcast(this.#context, message)
  }

  /** @throws StoreError `GUARD_RELEASED` */
  watch(): Watch<T> {
    this.#assertHeld()
    return this.#actor.shard.watch(this.#actor, {})
  }

  /**
   * Holds the entry for `leaseMs` milliseconds from now.
   *
   * @throws StoreError `GUARD_RELEASED`
   */
  renew(leaseMs: number): void {
    this.#assertHeld()
    this.#lend(leaseMs)
    this.tell()
  }

  /**
   * Gives the turn to whoever waits next; safe to call again.
   *
   * @throws StoreError `REENTRANT` inside a handler.
   */
  release(): void {
    this.#context.assertOutsideHandler()
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

  /** @internal Tells watchers who holds the entry, and until when. */
  tell(): void {
    const { activity } = this.#actor
    if (this.#context.isWatched(activity))
      this.#context.tell(activity, { type: 'lock', key: this.key, ...this.info })
  }

  /** @internal The guard protects nothing any more: not by its owner's will. */
  lose(): void {
    this.#lease?.clear()
    this.#abort ??= new AbortController()
    this.#abort.abort(new StoreError('GUARD_RELEASED', `the guard of entry ${this.key} was lost`))
  }

  get #isHeld(): boolean {
    return this.#actor.activity?.guard === this
  }

  #lend(leaseMs: number): void {
    milliseconds('leaseMs', leaseMs)
    const { clock } = this.#context.options
    this.#lease ??= new Alarm(clock, () => {
      // Nobody acts under a lease that is over, not even who hears of it by the signal.
      this.#context.turns.release(this.#actor)
      this.lose()
    })
    this.#lease.set(clock.now() + leaseMs)
  }

  #assertHeld(): void {
    this.#context.assertOutsideHandler()
    if (!this.#isHeld || this.#context.closed)
      throw new StoreError('GUARD_RELEASED', `the guard of entry ${this.key} was released`)
  }
}
