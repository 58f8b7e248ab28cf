import type { AnyMachineSnapshot } from 'xstate'
import { refuse, StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryKey,
  InputOf,
  LiveValueTypes,
  MessageOf,
  MutationOf,
  OutputOf,
  RemoveReason,
  Result,
  SavedOf,
} from '@livestore-kv/core'
import { commit, EntryActor } from '../entry-actor.ts'
import type { StoreContext } from '../store-context.ts'
import { failedChild, isEndlessLoop } from './failure.ts'
import type { Failure, Stimulus } from './failure.ts'
import { childrenOf } from './hosted-actor.ts'
import type { Life } from './life.ts'
import type { MachineHost } from './machine-host.ts'
import { Restarts } from './restarts.ts'
import type { SavedMachine } from './saved-machine.ts'
import { resume, withChild } from './saved-machine.ts'
import { SnapshotListeners } from './snapshot-listeners.ts'
import type { SnapshotListener } from './snapshot-listeners.ts'

/**
 * An entry whose value is the state of a machine. The machine moves only here: by a mutation whose turn it is, or by what
 * happened in its own life, which waits while a guard holds the entry.
 */
export class MachineActor<T extends LiveValueTypes> extends EntryActor<T> {
  readonly #host: MachineHost<T>
  #life: Life
  #hasEnded = false
  #restarts: Restarts | undefined = undefined
  #listeners: SnapshotListeners | undefined = undefined

  constructor(host: MachineHost<T>, key: EntryKey, life: Life) {
    super(host.context, key, host.valueOf(life.snapshot))
    this.#host = host
    this.#life = life
  }

  override get isBusy(): boolean {
    return this.#life.isBusy
  }

  /** The machine's own snapshot of now. */
  get snapshot(): AnyMachineSnapshot {
    return this.#life.snapshot
  }

  /** The state that restores it. */
  get saved(): SavedMachine {
    return this.#life.save()
  }

  /** Calls `listener` with every snapshot from now on; answers a function that removes it. */
  listen(listener: SnapshotListener): () => void {
    return (this.#listeners ??= new SnapshotListeners()).add(listener)
  }

  /** Gives `error` to the store's `onError`. */
  report(error: unknown): void {
    this.#host.reportError(error)
  }

  override mutate(context: StoreContext<T>, mutation: MutationOf<T>): Result<Entry<T>, T['error']> {
    this.#host.assertKnown(mutation)
    this.#assertIdle()
    if (this.snapshot.status !== 'active') return refuse('not-accepted')
    return context.teller.settle(() => {
      this.#life.inspect(mutation)
      return this.#move(context, { event: mutation }) ?? refuse('not-accepted')
    })
  }

  override overwrite(context: StoreContext<T>, saved: SavedOf<T>, message?: MessageOf<T>): Entry<T> {
    this.#assertIdle()
    // `fromMachine` types the kind so.
    const state = saved as SavedMachine
    return this.#liveAnew(context, this.#host.restore(this.entry.key, state), message, state)
  }

  override restart(context: StoreContext<T>, input: InputOf<T>, message?: MessageOf<T>): Entry<T> {
    this.#assertIdle()
    return this.#liveAnew(context, this.#host.begin(this.entry.key, input), message)
  }

  override begin(context: StoreContext<T>): void {
    context.teller.settle(() => this.#start(context))
  }

  override liveOn(context: StoreContext<T>): void {
    while (!this.#hasEnded && !this.isBusy && this.activity?.guard === undefined) {
      const job = this.#life.jobs.shift()
      if (job === undefined) return
      try {
        context.teller.settle(() => this.#move(context, job))
      } catch {
        // The supervisor has dealt with it, and there is no caller to tell.
      }
    }
  }

  override end(_context: StoreContext<T>, reason: RemoveReason): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#life.stop()
    if (reason !== 'crashed') this.#listeners?.tell(this.#host.context, (listener) => listener.complete?.())
  }

  /** Something happened in `life`. */
  wake(life: Life): void {
    if (life !== this.#life || this.#hasEnded) return
    const { context, options } = this.#host
    if (this.activity?.guard !== undefined) {
      if (life.jobs.length > options.jobCapacity) context.teller.enqueue(() => this.#overflow(context))
      return
    }
    context.teller.enqueue(() => this.liveOn(context))
  }

  /** Has the machine process an event: the entry it led to, or `undefined` if it accepted nothing. */
  #move(context: StoreContext<T>, stimulus: Stimulus): Result<Entry<T>, never> | undefined {
    const life = this.#life
    const before = life.snapshot
    life.process(stimulus.event)
    const after = life.snapshot
    if (this.#hasEnded)
      throw new StoreError('GUARD_RELEASED', `entry ${this.entry.key} ended while it changed`)
    try {
      if (after.status === 'error' && before.status !== 'error') throw after.error
      if (!life.accepted && after === before) return undefined
      return { ok: true, value: this.#commit(context, after, stimulus) }
    } catch (error) {
      this.#crash(context, { error, before, stimulus })
      throw error
    }
  }

  #commit(context: StoreContext<T>, snapshot: AnyMachineSnapshot, { event, cause }: Stimulus): Entry<T> {
    const value = this.#host.valueOf(snapshot)
    const old = this.entry
    const entry = commit(context, this, value)
    if (context.isWatched(this.activity)) {
      const { key } = old
      context.tell(
        this.activity,
        cause === undefined
          ? // Only what the machine's own type allows got here.
            { type: 'mutate', key, mutation: event as MutationOf<T>, new: entry, old }
          : { type: 'transition', key, cause, new: entry, old },
      )
    }
    this.#settle(context, snapshot)
    return entry
  }

  /** After a change: tells what was emitted, and goes on to whatever comes next. */
  #settle(context: StoreContext<T>, snapshot: AnyMachineSnapshot): void {
    // Its emitted events are its kind's messages.
    for (const message of this.#life.takeEmitted() ?? []) this.broadcast(context, message as MessageOf<T>)
    this.#listeners?.tell(context, (listener) => listener.next?.(snapshot))
    if (snapshot.status === 'done') {
      const output = snapshot.output as OutputOf<T>
      context.shardOf(this.entry.key).remove(this, 'completed', output === undefined ? {} : { output })
    } else if (this.#life.jobs.length > 0) context.teller.enqueue(() => this.liveOn(context))
  }

  #start(context: StoreContext<T>): void {
    const life = this.#life
    life.start(this)
    const { snapshot } = life
    if (this.#hasEnded) return
    if (snapshot.status !== 'error') return this.#settle(context, snapshot)
    // It never came to a good snapshot: whoever created it is told.
    context.shardOf(this.entry.key).remove(this, 'crashed')
    throw snapshot.error
  }

  #liveAnew(
    context: StoreContext<T>,
    life: Life,
    message: MessageOf<T> | undefined,
    saved?: SavedMachine,
  ): Entry<T> {
    const value = this.#host.valueOf(life.snapshot)
    return context.teller.settle(() => {
      this.#life.stop()
      this.#life = life
      const entry = this.replace(context, value, message)
      this.#start(context)
      if (saved) this.#resume(context, saved)
      return entry
    })
  }

  /** More happened while a guard held the entry than may wait. */
  #overflow(context: StoreContext<T>): void {
    const life = this.#life
    const waiting = life.jobs.length
    life.jobs.length = 0
    const error = new StoreError('MAILBOX_FULL', `${waiting} events wait for entry ${this.entry.key} already`)
    this.#crash(context, { error, before: life.snapshot })
  }

  /** What a supervisor does when a machine fails. */
  #crash(context: StoreContext<T>, failure: Failure): void {
    const { error, before, stimulus } = failure
    const { options } = this.#host
    const life = this.#life
    const isHarmless = isEndlessLoop(failure)
    // A loop that was stopped concerns nobody but who asked for it.
    if (!isHarmless || stimulus?.cause !== undefined) context.reportError(error)
    this.#restarts ??= new Restarts(options)
    if (isHarmless || (options.policy === 'restart' && this.#restarts.isAllowed(life.now))) {
      if (this.#revive(context, failure)) return
    }
    life.stop(childrenOf(before))
    if (isHarmless || options.policy !== 'keep') context.shardOf(this.entry.key).remove(this, 'crashed')
    this.#listeners?.tell(context, (listener) => listener.error?.(error))
  }

  /** Goes on from where it stood before; answers whether that was possible. */
  #revive(context: StoreContext<T>, failure: Failure): boolean {
    const { before } = failure
    const old = this.#life
    try {
      const saved = withChild(old.save(before), failedChild(failure))
      old.stop(childrenOf(before))
      this.#life = this.#host.restore(this.entry.key, saved)
      this.#life.start(this)
      this.#resume(context, saved)
      return this.snapshot.status !== 'error'
    } catch (error) {
      context.reportError(error)
      return false
    }
  }

  #resume(context: StoreContext<T>, saved: SavedMachine): void {
    resume(this.#life, saved)
    if (this.#life.jobs.length > 0) context.teller.enqueue(() => this.liveOn(context))
  }

  #assertIdle(): void {
    if (this.isBusy) throw new StoreError('REENTRANT', `entry ${this.entry.key} is just changing`)
  }
}
