import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Awaitable } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { WireEntry, WireUpdate } from '@livestore-kv/core/protocol'
import { encoded } from './encoded-frame.ts'
import { Lag } from './lag.ts'
import type { Missed } from './lag.ts'
import { leftToTell } from './listing-join.ts'
import type { HeldUpdate } from './listing-join.ts'
import type { ListingTopic } from './listing-topic.ts'
import type { Outbox } from './outbox.ts'
import { RequestError } from './request-error.ts'
import type { Subscriber } from './topic.ts'

/** Updates that may wait for the application to say whether they may be seen. */
const CAPACITY = 1_024
/** Entries that are looked at before others get their turn. */
const SLICE = 1_000

// There is no one entry that a listing has missed: it is asked for again.
const LAGGED = { type: 'lagged', entry: null, lock: null, expiresAt: null } as const

type Answer = (entries: readonly WireEntry[]) => void

export interface ListingSubscriptionOptions {
  readonly topic: ListingTopic
  readonly outbox: Outbox
  /** Entries that the listing may hold. */
  readonly limit: number
  /** Entries that may be looked at for it, seen or not. */
  readonly scanLimit: number
  /** Whether the user may see the entry of `key`. */
  readonly maySee: (key: string) => Awaitable<boolean>
  /** The store was closed, and the subscription ended with it. */
  readonly ended: () => void
  readonly onError: (error: unknown) => void
}

/** One connection's part in a listing: only the entries that its user may see. */
export class ListingSubscription implements Subscriber {
  readonly topic: ListingTopic
  readonly #options: ListingSubscriptionOptions
  readonly #lag: Lag
  /** What the application said about each entry, as long as the entry lives. */
  readonly #seen = new Map<string, boolean>()
  /** Updates that wait for the listing to be answered, or for the application. */
  #held: HeldUpdate[] = []
  #listing: Promise<void> = Promise.resolve()
  /** The listing that has not begun yet, and whom it will answer. */
  #next: { readonly answers: Answer[]; readonly listing: Promise<void> } | undefined
  #isReady = false
  /** Updates that came while a listing was gathered, and more than could be held. */
  #lost = 0
  /** Why nothing is told any more. */
  #closed: RequestError | undefined

  constructor(options: ListingSubscriptionOptions) {
    const { topic, outbox, onError } = options
    this.topic = topic
    this.#options = options
    this.#lag = new Lag({
      outbox,
      onError,
      caughtUp: (missed) => this.#tellLagged(missed),
    })
  }

  get number(): number {
    return this.topic.number
  }

  /**
   * Gathers the entries that the user may see, has `answer` tell them, and goes on from there: what is told about
   * them meanwhile is held back. One listing at a time; all who ask before the next one begins share it.
   *
   * @throws RequestError `LISTING_TOO_LARGE`, `CANCELLED`, `STORE_CLOSED`
   */
  list(answer: Answer): Promise<void> {
    if (this.#next === undefined) {
      const answers: Answer[] = []
      const listing = this.#listing.then(() => this.#list(answers))
      this.#next = { answers, listing }
      this.#listing = listing.catch(() => undefined)
    }
    this.#next.answers.push(answer)
    return this.#next.listing
  }

  deliver(frame: Uint8Array, update: WireUpdate): void {
    if (this.#isReady && this.#held.length === 0) {
      const verdict = this.#verdict(update)
      if (typeof verdict === 'boolean') return this.#tell({ frame, update }, verdict)
    }
    if (this.#held.length < CAPACITY) this.#held.push({ frame, update })
    else if (this.#isReady) this.miss(update)
    else this.#lose(update)
    if (this.#isReady && this.#held.length === 1) void this.#release()
  }

  miss(update: WireUpdate): void {
    this.#forget(update)
    this.#lag.miss(update)
  }

  /** Ends it for the connection too: the store was closed, and whoever lists again is told so. */
  end(): void {
    const { missed, missedMessages } = this.#lag.forget()
    if (this.#isReady) this.#tellLagged({ missed: missed + this.#held.length, missedMessages })
    this.#close(new RequestError('STORE_CLOSED', 'the store was closed meanwhile'))
    this.#options.ended()
  }

  close(): void {
    this.#close(new RequestError('CANCELLED', 'the subscription was ended meanwhile'))
  }

  #close(reason: RequestError): void {
    this.#closed ??= reason
    this.#held = []
    this.#lag.forget()
    this.topic.delete(this)
  }

  #tellLagged(missed: Missed): void {
    const update = { ...LAGGED, ...missed }
    this.#options.outbox.push(encoded({ type: 'update', topic: this.number, update }))
  }

  async #list(answers: readonly Answer[]): Promise<void> {
    this.#next = undefined
    this.#isReady = false
    this.#lost = 0
    this.#seen.clear()
    const entries = await this.#gather()
    if (this.#closed) throw this.#closed
    for (const answer of answers) answer(entries)
    this.#follow(entries)
  }

  /** Before the answer, nobody knows this topic: whoever gets it then learns right after it. */
  #lose(update: WireUpdate): void {
    this.#forget(update)
    this.#lost++
  }

  async #gather(): Promise<readonly WireEntry[]> {
    const { limit, scanLimit } = this.#options
    const entries: WireEntry[] = []
    let looked = 0
    for await (const entry of this.topic.store.entries()) {
      if (this.#closed) break
      if (looked === scanLimit) {
        throw new RequestError('LISTING_TOO_LARGE', `the store holds more than ${scanLimit} entries`)
      }
      if (++looked % SLICE === 0) await nextTurn()
      if (!(await this.#maySee(entry.key))) continue
      if (entries.length === limit) {
        throw new RequestError('LISTING_TOO_LARGE', `the listing holds more than ${limit} entries`)
      }
      entries.push(wireEntry(entry))
    }
    return entries
  }

  #follow(entries: readonly WireEntry[]): void {
    this.#lag.forget()
    this.#held = leftToTell(this.#held, entries)
    this.#isReady = true
    if (this.#lost > 0) this.#lag.miss({ ...LAGGED, missed: this.#lost, missedMessages: 0 })
    void this.#release()
  }

  /** Tells what is held, in order, as fast as the application says whether it may be seen. */
  async #release(): Promise<void> {
    for (let next = this.#held[0]; next && this.#isReady && !this.#closed; next = this.#held[0]) {
      const verdict = await this.#verdict(next.update)
      // Listing again, or closing, may have taken it away meanwhile.
      if (this.#held[0] !== next) return
      this.#tell(next, verdict)
      this.#held.shift()
    }
  }

  #tell({ frame, update }: HeldUpdate, verdict: boolean): void {
    this.#forget(update)
    if (verdict) this.#lag.offer(frame, update)
  }

  #forget(update: WireUpdate): void {
    if (update.type === 'remove') this.#seen.delete(update.key)
  }

  #verdict(update: WireUpdate): Awaitable<boolean> {
    return update.type === 'lagged' ? true : this.#maySee(update.key)
  }

  #maySee(key: string): Awaitable<boolean> {
    const known = this.#seen.get(key)
    if (known !== undefined) return known
    // Nothing but `true` opens a door: a forgotten `return` does not.
    const keep = (answer: unknown): boolean => {
      const verdict = answer === true
      this.#seen.set(key, verdict)
      return verdict
    }
    try {
      const verdict = this.#options.maySee(key)
      return verdict instanceof Promise
        ? verdict.then(keep, (error: unknown) => this.#hide(error))
        : keep(verdict)
    } catch (error) {
      return this.#hide(error)
    }
  }

  // What the application cannot decide is not seen.
  #hide(error: unknown): boolean {
    this.#options.onError(error)
    return false
  }
}
