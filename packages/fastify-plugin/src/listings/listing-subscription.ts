import type { Awaitable } from '@livestore-kv/core'
import type { WireEntry, WireUpdate } from '@livestore-kv/core/protocol'
import { encoded } from '../connections/encoded-frame.ts'
import type { Outbox } from '../connections/outbox.ts'
import type { DropReason, Tally } from '../metrics/tally.ts'
import { RequestError } from '../request-error.ts'
import type { EntryForm } from '../topics/entry-form.ts'
import type { ToldUpdate } from '../topics/history.ts'
import { Lag } from '../topics/lag.ts'
import type { Missed } from '../topics/lag.ts'
import type { Subscriber, Topic } from '../topics/topic.ts'
import type { GroupView } from '../topics/views.ts'
import { Backlog } from './backlog.ts'
import { gathered } from './gathering.ts'
import { leftToTell } from './listing-join.ts'
import { answerAll, UnwantedError } from './listing-round.ts'
import type { Asker } from './listing-round.ts'
import type { ListingTopic } from './listing-topic.ts'
import { Rounds } from './rounds.ts'
import { Visibility } from './visibility.ts'
import type { VisibilityOptions } from './visibility.ts'

// There is no one entry that a listing has missed: it is asked for again.
const LAGGED = { type: 'lagged', entry: null, lock: null, expiresAt: null } as const

export interface ListingSubscriptionOptions extends VisibilityOptions {
  readonly listing: ListingTopic
  readonly form: EntryForm<ListingSubscription>
  /** Entries that the listing may hold. */
  readonly limit: number
  /** Asks the application whether the user may list the store at all, and throws if not. */
  readonly admit: () => Promise<unknown>
  /** Entries that may be looked at for it, seen or not. */
  readonly scanLimit: number
  /** Bytes of updates that may wait for it to be answered, or for the application. */
  readonly maxBytes: number
  /** The store was closed, and the subscription ended with it. */
  readonly ended: () => void
  readonly tally: Tally
}

/**
 * One session's part in a listing: only the entries that its user may see. While its client is away it tells nothing:
 * the topic remembers.
 */
export class ListingSubscription implements Subscriber {
  readonly #topic: Topic<ListingSubscription>
  readonly #options: ListingSubscriptionOptions
  #outbox: Outbox | undefined
  #lag: Lag | undefined
  readonly #visibility: Visibility
  readonly #backlog: Backlog
  readonly #rounds = new Rounds<Asker>((askers) => this.#list(askers))
  #isReady = false
  /** After which `seq` comes what the client was told first; `undefined` until it was answered, and knows the topic. */
  #since: number | undefined
  /** Whether what was gathered may not be seen any more. */
  #isStale = false
  /** Updates that came while a listing was gathered, and more than could be held. */
  #lost = 0
  /** The numbers of those that it was not told because the last answer said so already, though it has told later ones. */
  #answered: ReadonlySet<number> = new Set()
  /** Aborts, and says why, when nothing is told any more. */
  readonly #closed = new AbortController()

  constructor(options: ListingSubscriptionOptions) {
    this.#topic = options.form.topic
    this.#options = options
    this.#visibility = new Visibility(options)
    this.#backlog = new Backlog(options.maxBytes)
    this.#topic.add(this)
  }

  get number(): number {
    return this.#topic.number
  }

  /** The name of the store that it lists. */
  get store(): string {
    return this.#options.listing.store.definition.name
  }

  /** Through what the entries are seen; `undefined` = the whole of them. */
  get view(): GroupView | undefined {
    return this.#options.form.view
  }

  /** How much its topic has told. */
  get seq(): number {
    return this.#topic.history.seq
  }

  /** Tells everything from now on through `outbox`. */
  start(outbox: Outbox): void {
    const { onError, tally } = this.#options
    this.#outbox = outbox
    const caughtUp = (missed: Missed): void =>
      // What waits comes after it.
      this.#push({ ...LAGGED, ...missed }, (this.#backlog.first?.seq ?? this.seq + 1) - 1)
    this.#lag = new Lag({ outbox, onError, tally, caughtUp })
  }

  /** Whether everything after `seq` can be told; otherwise that is counted, and the client lists again. */
  canResume(seq: number): boolean {
    // What came before its first answer is not for its client.
    if (!this.#isReady || this.#since === undefined || seq < this.#since) return false
    const { history } = this.#topic
    if (history.since(seq)) return true
    this.#options.tally.drop(history.dropReason(seq), Math.max(0, history.seq - seq))
    return false
  }

  /** Tells `outbox` what came after `seq`, and goes on from there. */
  resume(outbox: Outbox, seq: number): void {
    this.start(outbox)
    for (const { frame, update, seq: number } of this.#topic.history.since(seq) ?? [])
      if (!this.#answered.has(number)) this.deliver(frame, update, number)
  }

  /** Asks the application again which entries may be seen. */
  askAgain(): void {
    this.#isStale = true
    this.#visibility.clear()
  }

  /** Ends it, because its user may list no more. */
  revoke(): void {
    // It comes after all that was told, though it is told to this session alone: a client leaves out what it has read.
    this.#push({ type: 'revoked' }, this.seq + 1)
    this.close()
  }

  /** The client is away. */
  rest(): void {
    this.#backlog.keep([])
    // Whoever asked for another listing has gone; what it knows, it can go on from.
    this.#isReady = this.#since !== undefined
    this.#lag?.forget()
    this.#lag = undefined
    this.#outbox = undefined
  }

  /**
   * Gathers the entries that the user may see, answers them as soon as there is room, and goes on from there: what is
   * told about them meanwhile is held back. One listing at a time; all who ask before the next one begins share it.
   *
   * @throws RequestError `LISTING_TOO_LARGE`, `CANCELLED`, `STORE_CLOSED`, `FORBIDDEN`, and `INTERNAL` if its view
   * failed or the application does not answer; UnwantedError if all whom it was for went away before.
   */
  list(asker: Asker): Promise<void> {
    return this.#rounds.ask(asker)
  }

  deliver(frame: Uint8Array, update: WireUpdate, seq = this.seq): void {
    if (this.#lag === undefined) return
    if (this.#isReady && this.#backlog.first === undefined) {
      const verdict = this.#verdict(update)
      if (typeof verdict === 'boolean') return this.#tell({ seq, frame, update }, verdict)
    }
    const isFirst = this.#backlog.first === undefined
    if (this.#backlog.add({ seq, frame, update })) {
      if (this.#isReady && isFirst) void this.#release()
    } else if (this.#isReady) this.#skip(update, 'listing')
    else this.#lose(update)
  }

  miss(update: WireUpdate, reason: DropReason): void {
    // What its user may not see is not missed.
    if (this.#verdict(update) === false) this.#forget(update)
    else if (this.#isReady) this.#skip(update, reason)
    else this.#lose(update)
  }

  /** Ends it for the connection too: the store was closed, and whoever lists again is told so. */
  end(): void {
    const { missed, missedMessages } = this.#lag?.forget() ?? { missed: 0, missedMessages: 0 }
    // Not by a number that the client may have read: it would leave it out.
    if (this.#isReady)
      this.#push({ ...LAGGED, missed: missed + this.#backlog.updates.length, missedMessages }, this.seq + 1)
    this.close(new RequestError('STORE_CLOSED', 'the store was closed meanwhile'))
    this.#options.ended()
  }

  /** Ends it; who waits to be answered fails with `reason`. */
  close(reason: unknown = new RequestError('CANCELLED', 'the subscription was ended meanwhile')): void {
    this.#closed.abort(reason)
    this.rest()
    this.#topic.delete(this)
    this.#options.listing.closeIfUnused()
  }

  /** Leaves out `update`, and what waits before it: its client lists again, and is told so by a number that it has not read. */
  #skip(update: WireUpdate, reason: DropReason): void {
    const { updates } = this.#backlog
    this.#backlog.keep([])
    for (const waiting of updates) this.#forget(waiting.update)
    this.#forget(update)
    const missed = updates.length + (update.type === 'lagged' ? update.missed : 1)
    this.#lag?.miss({ ...LAGGED, missed, missedMessages: 0 }, reason)
  }

  async #list(askers: readonly Asker[]): Promise<void> {
    const outbox = this.#outbox
    const waiting = new Set(askers)
    const isWanted = (): boolean =>
      this.#outbox === outbox && [...waiting].some(({ signal }) => !signal.aborted)
    let told: readonly WireEntry[] | undefined
    if (outbox && isWanted()) {
      this.#isReady = false
      this.#lost = 0
      try {
        told = await answerAll(waiting, {
          outbox,
          gather: () => this.#gather(),
          answer: (asker, entries) => this.#answer(asker, entries),
          admit: this.#options.admit,
        })
      } catch (error) {
        // Nobody is there to hear it who would then know that the subscription is over.
        if (this.#since === undefined || isWanted()) throw error
      }
    }
    this.#closed.signal.throwIfAborted()
    if (this.#since === undefined) throw new UnwantedError('nobody wants the listing any more')
    // The client went away meanwhile, and may have gone on by another connection.
    if (this.#outbox !== outbox) return
    if (told) this.#follow(leftToTell(this.#backlog.updates, told))
    else this.#goOn()
  }

  /** Whether it may be told still what was gathered. */
  #answer({ answer }: Asker, entries: readonly WireEntry[]): boolean {
    this.#closed.signal.throwIfAborted()
    if (this.#isStale) return false
    const left = leftToTell(this.#backlog.updates, entries)
    // Where more was lost, it is told at once, and by the newest number, that it lags: whatever is left is lost with it.
    const seq = this.#lost > 0 ? this.seq - 1 : (left[0]?.seq ?? this.seq + 1) - 1
    answer(entries, seq)
    const told = new Set(left)
    const answered = this.#backlog.updates.filter((each) => !told.has(each))
    this.#answered = new Set(answered.map(({ seq: number }) => number))
    this.#since ??= seq
    return true
  }

  /** Before the answer, nobody knows this topic: whoever gets it then learns right after it. */
  #lose(update: WireUpdate): void {
    this.#forget(update)
    this.#lost++
  }

  #gather(): Promise<readonly WireEntry[]> {
    this.#isStale = false
    this.#visibility.clear()
    const { listing, form, limit, scanLimit } = this.#options
    return gathered({
      store: listing.store,
      visibility: this.#visibility,
      listed: (entry) => form.entryOf(entry),
      limit,
      scanLimit,
      signal: this.#closed.signal,
    })
  }

  #follow(left: readonly ToldUpdate[]): void {
    this.#lag?.forget()
    // What ended before the answer is told to nobody, and what was said about it is not about what has its key now.
    const isLeft = new Set(left)
    for (const told of this.#backlog.updates) if (!isLeft.has(told)) this.#forget(told.update)
    this.#backlog.keep(left)
    this.#goOn()
  }

  #goOn(): void {
    this.#isReady = true
    if (this.#lost > 0) this.#skip({ ...LAGGED, missed: this.#lost, missedMessages: 0 }, 'listing')
    this.#lost = 0
    void this.#release()
  }

  /** Tells what waits, in order, as fast as the application says whether it may be seen. */
  async #release(): Promise<void> {
    for (let next; (next = this.#backlog.first) && this.#isReady && !this.#closed.signal.aborted;) {
      const verdict = await this.#verdict(next.update)
      // Listing again, or closing, may have taken it away meanwhile.
      if (this.#backlog.first !== next) return
      this.#tell(next, verdict)
      this.#backlog.shift()
    }
  }

  #tell({ frame, update }: ToldUpdate, verdict: boolean): void {
    this.#forget(update)
    if (verdict) this.#lag?.offer(frame, update)
  }

  #push(update: WireUpdate, seq = this.seq): void {
    this.#outbox?.push(encoded({ type: 'update', topic: this.number, seq, update }))
  }

  #forget(update: WireUpdate): void {
    if (update.type === 'remove') this.#visibility.delete(update.key)
  }

  #verdict(update: WireUpdate): Awaitable<boolean> {
    return 'key' in update ? this.#visibility.of(update.key) : true
  }
}
