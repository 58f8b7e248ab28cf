import type { Entry, EntryKey, LiveValueTypes } from '@livestore-kv/core'
import type { Answers, Requests, WireUpdate } from '@livestore-kv/core/protocol'
import type { ClientError } from '../client-error.ts'
import { changedEntry, receivedEntry } from '../received.ts'
import type { Changing } from '../session/change-batch.ts'
import type { Session } from '../session/session.ts'
import type { Subscriber } from '../session/subscriptions.ts'
import { LiveView } from './live-view.ts'

/** How a store is listed. */
export interface ListingOptions {
  /**
   * Whether to be told of changes to the entries too; without them, each is shown as it was when it was listed.
   *
   * @default false
   */
  readonly changes?: boolean
  /** Closes the listing when it aborts. */
  readonly signal?: AbortSignal
}

/** How a store is listed through a view. */
export interface ListingViewOptions<V extends string> extends ListingOptions {
  /** Which of the views that the definition's types declare. */
  readonly view: V
}

/** What is known of a store at one moment. */
export interface ListingState<T extends LiveValueTypes> {
  readonly status: 'loading' | 'live' | 'stale' | 'failed' | 'closed'
  /** Every entry that the user may see, by its key. */
  readonly entries: ReadonlyMap<EntryKey, Entry<T>>
  /** Why the store cannot be listed; unless it has `failed`, it is asked for again. */
  readonly error: ClientError | undefined
}

/** The entries of a store that the user may see, kept up to date over every reconnect. */
export class Listing<T extends LiveValueTypes> extends LiveView<ListingState<T>> {
  readonly #session: Session
  readonly #subscriber: ListingSubscriber<T>

  /** @internal */
  constructor(session: Session, fields: Requests['watchStore'], signal?: AbortSignal) {
    super(session, signal)
    this.#session = session
    this.#subscriber = new ListingSubscriber(fields, session, () => this.tell())
    session.subscriptions.add(this.#subscriber)
    if (signal?.aborted) this.close()
  }

  get state(): ListingState<T> {
    return this.#subscriber.state
  }

  get entries(): ReadonlyMap<EntryKey, Entry<T>> {
    return this.state.entries
  }

  protected end(): void {
    this.#session.subscriptions.delete(this.#subscriber)
    this.#subscriber.end()
  }
}

class ListingSubscriber<T extends LiveValueTypes> implements Subscriber, Changing {
  readonly type = 'watchStore'
  readonly fields: Requests['watchStore']
  readonly tellChange: () => void
  readonly #session: Session
  #entries = new Map<EntryKey, Entry<T>>()
  #status: ListingState<T>['status'] = 'loading'
  #error: ClientError | undefined
  /** Made when somebody looks: a burst of updates costs one copy. */
  #state: ListingState<T> | undefined

  constructor(fields: Requests['watchStore'], session: Session, tellChange: () => void) {
    this.fields = fields
    this.#session = session
    this.tellChange = tellChange
  }

  get state(): ListingState<T> {
    this.#state ??= { status: this.#status, entries: new Map(this.#entries), error: this.#error }
    return this.#state
  }

  start({ entries }: Answers['watchStore']): void {
    this.#entries = new Map(entries.map((entry) => [entry.key, receivedEntry(entry)]))
    this.#enter('live')
  }

  take(update: WireUpdate): 'goes on' | 'is broken' {
    if (update.type === 'create') {
      this.#entries.set(update.key, changedEntry(update, update))
    } else if (update.type === 'mutate' || update.type === 'overwrite') {
      const entry = this.#entries.get(update.key)
      if (entry?.epoch !== update.epoch) return 'is broken'
      if (update.version > entry.version) this.#entries.set(update.key, changedEntry(entry, update))
    } else if (update.type === 'remove') {
      if (this.#entries.get(update.key)?.epoch === update.epoch) this.#entries.delete(update.key)
    } else {
      // It lagged, or may be seen no more: the store is listed again, and the answer says.
      return 'is broken'
    }
    this.#enter(this.#status, this.#error)
    return 'goes on'
  }

  pause(error?: ClientError): void {
    const status = this.#status
    if (error || status === 'live') this.#enter(status === 'live' ? 'stale' : status, error)
  }

  resume(): void {
    if (this.#status === 'stale') this.#enter('live')
  }

  fail(error: ClientError): void {
    this.#enter('failed', error)
  }

  end(): void {
    this.#status = 'closed'
    this.#state = undefined
  }

  #enter(status: ListingState<T>['status'], error?: ClientError): void {
    this.#status = status
    this.#error = error
    this.#state = undefined
    this.#session.batch.changed(this)
  }
}
