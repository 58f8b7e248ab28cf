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
  ValueOf,
} from '@livestore-kv/core'
import { commit, EntryActor } from '../entries/entry-actor.ts'
import type { StoreContext } from '../store-context.ts'
import { Breath } from './breath.ts'
import { failedChild, isEndlessLoop } from './failure.ts'
import type { Failure, Stimulus } from './failure.ts'
import { childrenOf } from './hosted-actor.ts'
import { isOutcome } from './job.ts'
import type { Life } from './life.ts'
import type { MachineHost } from './machine-host.ts'
import { Restarts } from './restarts.ts'
import { withRetrial } from './retrial.ts'
import type { SavedMachine } from './saved-machine.ts'
import { resume, save, saveAt } from './saved-machine.ts'
import { SnapshotListeners } from './snapshot-listeners.ts'
import type { SnapshotListener } from './snapshot-listeners.ts'
import { withChild } from './wreck.ts'

/**
 * An entry whose value is the state of a machine. The machine moves only here: by a mutation whose turn it is, or by what
 * happened in its own life, which waits while a guard holds the entry.
 */
export class MachineActor<T extends LiveValueTypes> extends EntryActor<T> {
  readonly #host: MachineHost<T>
  #life: Life
  /** How it stood before it failed, if its store keeps such entries. */
  #kept: SavedMachine | undefined = undefined
  #hasEnded = false
  #restarts: Restarts | undefined = undefined
  #listeners: SnapshotListeners | undefined = undefined
  /** Since its first job. */
  #breath: Breath | undefined = undefined

  constructor(host: MachineHost<T>, key: EntryKey, life: Life) {
    super(host.context, key, host.valueOf(life.snapshot))
    this.#host = host
    this.#life = life
  }

  override get isBusy(): boolean {
    return this.#life.isBusy
  }

  get #context(): StoreContext<T> {
    return this.#host.context
  }

  /** The machine's own snapshot of now. */
  get snapshot(): AnyMachineSnapshot {
    return this.#life.snapshot
  }

  /** The state that restores it. */
  get saved(): SavedMachine {
    return this.#kept ?? save(this.#life)
  }

  /** Calls `listener` with every snapshot from now on, or with the end if it is over; answers a function that removes it. */
  listen(listener: SnapshotListener): () => void {
    this.#listeners ??= new SnapshotListeners()
    const remove = this.#listeners.add(listener)
    const { status, error } = this.snapshot
    if (status === 'error') this.#listeners.end(this.#context, (each) => each.error?.(error))
    else if (this.#hasEnded) this.#listeners.end(this.#context, (each) => each.complete?.())
    return remove
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
      return this.#move({ event: mutation }) ?? refuse('not-accepted')
    })
  }

  override overwrite(_context: StoreContext<T>, saved: SavedOf<T>, message?: MessageOf<T>): Entry<T> {
    this.#assertIdle()
    // `fromMachine` types the kind so.
    const state = saved as SavedMachine
    return this.#liveAnew(this.#host.load(this.entry.key, state), message, state)
  }

  override restart(_context: StoreContext<T>, input: InputOf<T>, message?: MessageOf<T>): Entry<T> {
    this.#assertIdle()
    return this.#liveAnew(this.#host.begin(this.entry.key, input), message)
  }

  override begin(context: StoreContext<T>): void {
    context.teller.settle(() => {
      super.begin(context)
      // Before anybody hears of it, and asks for what no machine does that has not begun.
      this.#start()
    })
  }

  override liveOn(context: StoreContext<T>): void {
    // A promise that settles follows from what invoked it; anything else from without is a beginning.
    if (!isOutcome(this.#life.jobs[0])) this.#breath?.restart()
    for (let left = 0; this.#mayLiveOn; left--) {
      if (left === 0) {
        // What waits already comes to an end; what follows from it, and so on, may not.
        left = this.#life.jobs.length
        if (left > 0 && this.#breath?.isDue) {
          this.#breath.take()
          return this.#attend()
        }
      }
      const job = this.#life.nextJob()
      if (job === undefined) return
      this.#breath ??= new Breath(this.#host.clock, () => this.#attend())
      this.#breath.spend()
      try {
        context.teller.settle(() => this.#move(job))
      } catch {
        // The supervisor has dealt with it, and there is no caller to tell.
      }
    }
  }

  override end(_context: StoreContext<T>, reason: RemoveReason): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#breath?.clear()
    this.#life.stop()
    if (reason !== 'crashed') this.#listeners?.end(this.#context, (listener) => listener.complete?.())
  }

  /** Something happened in `life`. */
  wake(life: Life): void {
    if (life === this.#life && !this.#hasEnded) this.#attend()
  }

  /** Whether what happened may be carried out now. */
  get #mayLiveOn(): boolean {
    return !this.#hasEnded && !this.isBusy && !this.#mustWait
  }

  get #mustWait(): boolean {
    return this.activity?.guard !== undefined || this.#breath?.isTaken === true
  }

  /** Sees to whatever happened: it is carried out, or waits, and not too much of it. */
  #attend(): void {
    const { length } = this.#life.jobs
    if (length === 0) return
    if (!this.#mustWait) this.#context.teller.enqueue(() => this.liveOn(this.#context))
    else if (length > this.#host.options.jobCapacity) this.#context.teller.enqueue(() => this.#overflow())
  }

  /** Has the machine process an event: the entry it led to, or `undefined` if it accepted nothing. */
  #move(stimulus: Stimulus): Result<Entry<T>, never> | undefined {
    const life = this.#life
    const before = life.snapshot
    life.process(stimulus.event)
    const after = life.snapshot
    if (this.#hasEnded) throw this.#ended()
    try {
      if (after.status === 'error' && before.status !== 'error') throw after.error
      if (!life.accepted && after === before) return undefined
      return { ok: true, value: this.#commit(after, stimulus) }
    } catch (error) {
      this.#crash({ error, before, stimulus })
      throw error
    }
  }

  #commit(snapshot: AnyMachineSnapshot, { event, cause }: Stimulus): Entry<T> {
    const old = this.entry
    // Its own host selected it.
    const entry = commit(this.#context, this, this.#life.value as ValueOf<T>)
    if (this.#context.isWatched(this.activity)) {
      const { key } = old
      this.#context.tell(
        this.activity,
        cause === undefined
          ? // Only what the machine's own type allows got here.
            { type: 'mutate', key, mutation: event as MutationOf<T>, new: entry, old }
          : { type: 'transition', key, cause, new: entry, old },
      )
    }
    this.#settle(snapshot)
    return entry
  }

  /** After a change: tells what was emitted, and goes on to whatever comes next. */
  #settle(snapshot: AnyMachineSnapshot): void {
    // Its emitted events are its kind's messages.
    for (const message of this.#life.takeEmitted() ?? [])
      this.broadcast(this.#context, message as MessageOf<T>)
    this.#listeners?.tell(this.#context, (listener) => listener.next?.(snapshot))
    if (snapshot.status === 'done') {
      const output = snapshot.output as OutputOf<T>
      this.shard.remove(this, 'completed', output === undefined ? {} : { output })
    } else this.#attend()
  }

  #start(): void {
    const life = this.#life
    life.start(this)
    if (this.#hasEnded) return
    const { status, error } = life.snapshot
    if (status !== 'error') return this.#settle(life.snapshot)
    // It never came to a good snapshot: whoever created it is told.
    this.shard.remove(this, 'crashed')
    this.#listeners?.end(this.#context, (listener) => listener.error?.(error))
    throw this.#host.machine.blame(error)
  }

  #liveAnew(life: Life, message: MessageOf<T> | undefined, saved?: SavedMachine): Entry<T> {
    this.#assertNotEnded(life)
    const value = this.#host.valueOf(life.snapshot)
    return this.#context.teller.settle(() => {
      // What was saved is past its first actions: nothing of it fails as it begins.
      const old = saved ? undefined : this.#standing()
      this.#life.stop()
      this.#assertNotEnded(life)
      this.#life = life
      life.start(this)
      this.#assertNotEnded(life)
      const { snapshot } = life
      if (snapshot.status === 'error') {
        this.#crash({ error: snapshot.error, before: snapshot, old })
        throw this.#host.machine.blame(snapshot.error)
      }
      this.#kept = undefined
      const entry = this.replace(this.#context, value, message)
      this.#settle(snapshot)
      if (saved) this.#resume(saved)
      return entry
    })
  }

  /** How it stands, to go back to. */
  #standing(): SavedMachine | undefined {
    try {
      return this.#kept ?? saveAt(this.#life, this.snapshot)
    } catch {
      // What cannot be saved is given up if what comes after it fails.
      return undefined
    }
  }

  /** More happened than may wait. */
  #overflow(): void {
    const life = this.#life
    const waiting = life.jobs.length
    if (this.#hasEnded || waiting <= this.#host.options.jobCapacity) return
    life.jobs.length = 0
    const error = new StoreError('MAILBOX_FULL', `${waiting} events wait for entry ${this.entry.key} already`)
    this.#crash({ error, before: life.snapshot })
  }

  /** What a supervisor does when a machine fails. */
  #crash(failure: Failure): void {
    const { error, before, stimulus } = failure
    const { policy } = this.#host.options
    const life = this.#life
    const isLoop = isEndlessLoop(failure)
    // A loop that was stopped concerns nobody but who asked for it.
    const isHarmless = isLoop && stimulus !== undefined && stimulus.cause === undefined
    if (!isHarmless) this.#context.reportError(error)
    this.#restarts ??= new Restarts(this.#host.options)
    const mayGoOn = isHarmless || ((isLoop || policy === 'restart') && this.#restarts.isAllowed(life.now))
    const lastGood = mayGoOn || policy === 'keep' ? this.#lastGood(failure) : undefined
    life.stop(childrenOf(before))
    // What was stopped may have ended the entry.
    if (this.#hasEnded) return
    if (mayGoOn && lastGood && this.#revive(lastGood)) return
    if (policy === 'keep') this.#kept = lastGood
    else this.shard.remove(this, 'crashed')
    this.#listeners?.end(this.#context, (listener) => listener.error?.(error))
  }

  /** How it stood before, if that can be saved. */
  #lastGood(failure: Failure): SavedMachine | undefined {
    if ('old' in failure) return failure.old
    const life = this.#life
    const child = failedChild(failure)
    try {
      const saved = withChild(saveAt(life, failure.before), child, child && life.wreckOf(child))
      return withRetrial(saved, life, failure.stimulus)
    } catch (error) {
      this.#context.reportError(error)
      return undefined
    }
  }

  /** Goes on from `saved`; answers whether that was possible. */
  #revive(saved: SavedMachine): boolean {
    try {
      this.#life = this.#host.restore(this.entry.key, saved)
      this.#life.start(this)
      this.#resume(saved)
      return this.snapshot.status !== 'error'
    } catch (error) {
      this.#context.reportError(error)
      return false
    }
  }

  #resume(saved: SavedMachine): void {
    resume(this.#life, saved)
    this.#attend()
  }

  /** Whatever ran meanwhile may have ended the entry: then `life` does not begin. */
  #assertNotEnded(life: Life): void {
    if (!this.#hasEnded) return
    life.stop()
    throw this.#ended()
  }

  /** What a change fails with whose entry ended meanwhile. */
  #ended(): StoreError {
    this.#context.assertOpen()
    return new StoreError('GUARD_RELEASED', `entry ${this.entry.key} ended while it changed`)
  }

  #assertIdle(): void {
    if (this.isBusy) throw new StoreError('REENTRANT', `entry ${this.entry.key} is just changing`)
  }
}
