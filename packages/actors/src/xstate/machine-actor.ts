import type { AnyActorRef, AnyMachineSnapshot, EventObject, Observer } from 'xstate'
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
  TransitionCause,
} from '@livestore-kv/core'
import { commit, EntryActor } from '../entry-actor.ts'
import type { StoreContext } from '../store-context.ts'
import { childrenOf } from './hosted-actor.ts'
import type { Life } from './life.ts'
import type { MachineHost } from './machine-host.ts'
import { Restarts } from './restarts.ts'
import type { SavedMachine } from './saved-machine.ts'
import { withChild } from './saved-machine.ts'

/** What asked a machine to move: a mutation, or its own life. */
type Stimulus = { readonly event: EventObject; readonly cause?: TransitionCause }

/** What a machine is sent when a child of it failed. */
type FailureEvent = EventObject & { readonly actorId?: string }

/** Who wants the machine's own snapshots. */
export type SnapshotListener = Partial<Observer<AnyMachineSnapshot>>

/**
 * An entry whose value is the state of a machine. The machine moves only here: by a mutation whose turn it is, or by what
 * happened in its own life, which waits while a guard holds the entry.
 */
export class MachineActor<T extends LiveValueTypes> extends EntryActor<T> {
  readonly #host: MachineHost<T>
  #life: Life
  #hasEnded = false
  #restarts: Restarts | undefined = undefined
  #listeners: Set<{ readonly listener: SnapshotListener }> | undefined = undefined

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
    const listening = { listener }
    const listeners = (this.#listeners ??= new Set())
    listeners.add(listening)
    return () => void listeners.delete(listening)
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
        this.#move(context, job)
      } catch {
        // The supervisor has dealt with it, and there is no caller to tell.
      }
    }
  }

  override end(_context: StoreContext<T>, reason: RemoveReason): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#life.stop()
    if (reason !== 'crashed') this.#tellListeners((listener) => listener.complete?.())
  }

  /** Something happened in `life`. */
  wake(life: Life): void {
    if (life !== this.#life || this.#hasEnded) return
    const { context, options } = this.#host
    if (life.jobs.length > options.jobCapacity) {
      const { key } = this.entry
      life.jobs.length = 0
      const error = new StoreError(
        'MAILBOX_FULL',
        `more than ${options.jobCapacity} events wait for entry ${key}`,
      )
      return this.#crash(context, error, life.snapshot)
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
      this.#crash(context, error, before, stimulus)
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
    this.#tellListeners((listener) => listener.next?.(snapshot))
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
      if (saved) this.#host.resume(life, saved)
      if (life.jobs.length > 0) context.teller.enqueue(() => this.liveOn(context))
      return entry
    })
  }

  /** What a supervisor does when a machine fails. */
  #crash(context: StoreContext<T>, error: unknown, before: AnyMachineSnapshot, stimulus?: Stimulus): void {
    const { options } = this.#host
    const life = this.#life
    const isHarmless = isEndlessLoop(error)
    // A loop that was stopped concerns nobody but who asked for it.
    if (!isHarmless || stimulus?.cause !== undefined) context.reportError(error)
    this.#restarts ??= new Restarts(options)
    if (isHarmless || (options.policy === 'restart' && this.#restarts.isAllowed(life.now))) {
      if (this.#revive(context, before, stimulus?.event)) return
    } else if (options.policy === 'keep') {
      life.stop(childrenOf(before))
      return this.#tellListeners((listener) => listener.error?.(error))
    }
    life.stop(childrenOf(before))
    context.shardOf(this.entry.key).remove(this, 'crashed')
    this.#tellListeners((listener) => listener.error?.(error))
  }

  /** Goes on from `before`; answers whether that was possible. */
  #revive(context: StoreContext<T>, before: AnyMachineSnapshot, event: EventObject | undefined): boolean {
    const old = this.#life
    try {
      const saved = withChild(old.save(before), failedChild(before, event))
      old.stop(childrenOf(before))
      this.#life = this.#host.restore(this.entry.key, saved)
      this.#life.start(this)
      this.#host.resume(this.#life, saved)
      if (this.#life.jobs.length > 0) context.teller.enqueue(() => this.liveOn(context))
      return this.snapshot.status !== 'error'
    } catch (error) {
      context.reportError(error)
      return false
    }
  }

  #tellListeners(tell: (listener: SnapshotListener) => unknown): void {
    const listeners = this.#listeners
    if (listeners === undefined) return
    const { context } = this.#host
    context.teller.enqueue(() => {
      for (const { listener } of listeners) context.call(tell, listener)
    })
  }

  #assertIdle(): void {
    if (this.isBusy) throw new StoreError('REENTRANT', `entry ${this.entry.key} is just changing`)
  }
}

/** The child whose failure this is, if it is one's. */
function failedChild(snapshot: AnyMachineSnapshot, event: FailureEvent | undefined): AnyActorRef | undefined {
  if (!event?.type.startsWith('xstate.error.actor.')) return undefined
  return childrenOf(snapshot).find(({ id }) => id === event.actorId)
}

/** As XState reports it, which has no other sign of it. */
function isEndlessLoop(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Infinite loop detected')
}
