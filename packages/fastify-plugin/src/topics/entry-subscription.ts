import type { Position, SnapshotReason, WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'
import { encoded } from '../connections/encoded-frame.ts'
import type { Outbox } from '../connections/outbox.ts'
import type { DropReason, Tally } from '../metrics/tally.ts'
import { RequestError } from '../request-error.ts'
import type { EntryForm } from './entry-form.ts'
import type { EntryTopic } from './entry-topic.ts'
import { Lag } from './lag.ts'
import type { Missed } from './lag.ts'
import type { Subscriber, Topic } from './topic.ts'
import type { GroupView } from './views.ts'

const GONE = { entry: null, lock: null, expiresAt: null }

export interface EntrySubscriptionOptions {
  readonly entry: EntryTopic
  readonly form: EntryForm<EntrySubscription>
  /** The entry is gone, the client knows it, and the subscription is over. */
  readonly ended: () => void
  readonly onError: (error: unknown) => void
  readonly tally: Tally
}

/** One session's part in the topic of an entry. While its client is away it tells nothing: the topic remembers. */
export class EntrySubscription implements Subscriber {
  readonly entry: EntryTopic
  readonly #form: EntryForm<EntrySubscription>
  readonly #topic: Topic<EntrySubscription>
  readonly #ended: () => void
  readonly #onError: (error: unknown) => void
  readonly #tally: Tally
  #outbox: Outbox | undefined
  #lag: Lag | undefined
  /** Its client is told nothing of what came before, if only because it might not see it then. */
  #since: number
  /** Why it starts again as soon as there is room. */
  #restarts: SnapshotReason | undefined

  constructor({ entry, form, ended, onError, tally }: EntrySubscriptionOptions) {
    this.entry = entry
    this.#form = form
    this.#topic = form.topic
    this.#ended = ended
    this.#onError = onError
    this.#tally = tally
    this.#since = form.topic.history.seq
    form.topic.add(this)
  }

  get number(): number {
    return this.#topic.number
  }

  /** The name of the store that the entry is in. */
  get store(): string {
    return this.entry.store
  }

  /** How much its topic has told. */
  get seq(): number {
    return this.#topic.history.seq
  }

  /** Through what the entry is seen; `undefined` = the whole of it. */
  get view(): GroupView | undefined {
    return this.#form.view
  }

  /**
   * The entry as its subscriber knows it.
   *
   * @throws RequestError `INTERNAL` if its view failed.
   */
  snapshot(): WireSnapshot {
    return this.entry.snapshot(this.#form)
  }

  /** Tells everything from now on through `outbox`. */
  start(outbox: Outbox): void {
    this.#outbox = outbox
    const caughtUp = (missed: Missed): void => this.#catchUp(missed)
    this.#lag = new Lag({ outbox, onError: (error) => this.#report(error), tally: this.#tally, caughtUp })
  }

  /** After which `seq` comes what a client at `from` has missed, or why it must start again. */
  startOf({ epoch, version }: Position): number | SnapshotReason {
    const { entry } = this.snapshot()
    if (epoch !== entry.epoch) return 'incarnation'
    if (version > entry.version) return 'unknown'
    if (version === entry.version) return this.seq
    const start = this.#topic.history.before(version + 1)
    if (start === undefined) return 'history'
    this.#since = start
    return start
  }

  /** Whatever the client knows, it can be told how to go on. */
  canResume(): boolean {
    return true
  }

  /** Tells `outbox` what came after `seq`, or where things are now, and goes on from there. */
  resume(outbox: Outbox, seq: number): void {
    const { history } = this.#topic
    this.start(outbox)
    const missed = seq < this.#since ? undefined : history.since(seq)
    if (missed) for (const { frame, update } of missed) this.deliver(frame, update)
    else {
      this.#tally.drop(history.dropReason(seq), Math.max(0, history.seq - seq))
      this.restart(seq > history.seq ? 'unknown' : 'history', seq)
      const { lastWord } = history
      if (this.entry.isOver && lastWord) this.deliver(lastWord.frame, lastWord.update)
    }
    if (this.entry.isOver) this.end()
  }

  /** Takes the place of everything that was told after `seq`, and of what waits to be told. */
  restart(reason: SnapshotReason, seq: number): void {
    const missed = Math.max(1, this.#newest - seq)
    this.refresh()
    if (this.#outbox?.hasRoom === false) {
      // Those of many subscriptions at once would look as if the client read nothing.
      this.#restarts = reason
      return this.#lag?.owe(missed)
    }
    try {
      this.#push({ type: 'snapshot', reason, ...this.snapshot() })
    } catch (error) {
      // The newest state cannot be told: the next update brings another one.
      this.#report(error)
      this.#tally.drop(error instanceof RequestError ? 'view' : 'encoding')
      this.#lag?.owe(missed)
    }
  }

  deliver(frame: Uint8Array, update: WireUpdate): void {
    if (update.type !== 'remove') return this.#lag?.offer(frame, update)
    // It comes after the snapshot.
    if (this.#restarts !== undefined) return
    // The last word on an entry is told whatever was missed before it.
    const missed = this.#lag?.forget()
    if (missed && missed.missed > 0) {
      this.#pushLagged(missed, null)
      this.#tally.lag(missed.missed)
    }
    if (this.#outbox === undefined) return
    this.#outbox.push(frame)
    this.#tally.deliver()
  }

  miss(update: WireUpdate, reason: DropReason): void {
    this.#lag?.miss(update, reason)
  }

  /** The client is away. */
  rest(): void {
    this.refresh()
    this.#lag = undefined
    this.#outbox = undefined
  }

  /** Ends it, because the entry is gone; a client that is away, or for which there is no room, learns it later. */
  end(): void {
    if (this.#outbox === undefined || this.#restarts !== undefined) return
    this.#lag?.forget()
    this.#topic.delete(this)
    this.#ended()
  }

  /** Ends it for good, on behalf of the session. */
  close(): void {
    this.rest()
    this.#topic.delete(this)
    this.entry.closeIfUnused()
  }

  /** Ends it, because its user may watch no more. */
  revoke(): void {
    // It comes after all that was told, though it is told to this session alone: a client leaves out what it has read.
    this.#push({ type: 'revoked' }, this.seq + 1)
    this.close()
  }

  /** What a fresh snapshot makes good is missed no more. */
  refresh(): void {
    this.#restarts = undefined
    this.#lag?.forget()
  }

  /** A view that fails has been reported, once for all of its subscribers. */
  #report(error: unknown): void {
    if (!(error instanceof RequestError)) this.#onError(error)
  }

  #catchUp(missed: Missed): void {
    if (this.entry.isOver) return this.#finish(missed)
    this.#pushNewest(missed)
    this.#restarts = undefined
  }

  /** The entry went away before there was room: tells how it was, and that it is gone. */
  #finish(missed: Missed): void {
    try {
      this.#pushNewest(missed)
    } catch (error) {
      // No newer state will come.
      this.#report(error)
      this.#pushLagged(missed, null)
    }
    this.#restarts = undefined
    const { lastWord } = this.#topic.history
    if (lastWord) this.deliver(lastWord.frame, lastWord.update)
    this.end()
  }

  #pushNewest(missed: Missed): void {
    const snapshot = this.snapshot()
    if (this.#restarts === undefined) return this.#pushLagged(missed, snapshot)
    this.#push({ type: 'snapshot', reason: this.#restarts, ...snapshot })
  }

  #pushLagged(missed: Missed, snapshot: WireSnapshot | null): void {
    const { entry, lock, expiresAt } = snapshot ?? GONE
    this.#push({ type: 'lagged', ...missed, entry, lock, expiresAt })
  }

  /** What was told last of the entry while it lived: what is told before the last word must not pass for it. */
  get #newest(): number {
    return this.entry.isOver ? this.seq - 1 : this.seq
  }

  #push(update: WireUpdate, seq = this.#newest): void {
    this.#outbox?.push(encoded({ type: 'update', topic: this.number, seq, update }))
  }
}
