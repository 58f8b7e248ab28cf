import type { AnyLiveStore, Awaitable } from '@livestore-kv/core'
import type { WireEntry } from '@livestore-kv/core/protocol'
import { ListingTopic } from '../listings/listing-topic.ts'
import { entryWith } from './entry-form.ts'
import type { AnyEntry } from './entry-form.ts'
import { EntryTopic } from './entry-topic.ts'
import type { AnyWatch } from './entry-topic.ts'
import { HistoryBudget } from './history-budget.ts'
import { History } from './history.ts'
import { Topic } from './topic.ts'
import type { Subscriber } from './topic.ts'
import type { GroupView } from './views.ts'

export interface TopicsOptions {
  /** Bytes of what it told that one topic may remember. */
  readonly topicHistoryBytes: number
  /** Bytes that all of them may remember together. */
  readonly historyBytes: number
  readonly onError: (error: unknown) => void
  /** Nobody watches the entry any more. */
  readonly unwatched: (store: AnyLiveStore, key: string) => void
}

/** The topics that somebody is subscribed to, each once, whoever subscribes. */
export class Topics {
  readonly #options: TopicsOptions
  readonly #budget: HistoryBudget
  readonly #entries = new Map<string, EntryTopic>()
  readonly #listings = new Map<string, ListingTopic>()
  #number = 0

  constructor(options: TopicsOptions) {
    this.#options = options
    this.#budget = new HistoryBudget(options.historyBytes)
  }

  get size(): number {
    return this.#entries.size + this.#listings.size
  }

  /** Bytes that they remember, for those who come back. */
  get historyBytes(): number {
    return this.#budget.bytes
  }

  /** Whether somebody is subscribed to the entry. */
  has(store: AnyLiveStore, key: string): boolean {
    return this.#entries.has(nameOf(store, key))
  }

  /** The topic of an entry; `undefined` if there is no such entry. */
  entry(store: AnyLiveStore, key: string): Awaitable<EntryTopic | undefined> {
    const open = this.#entries.get(nameOf(store, key))
    if (open) return open
    const watch = store.watch(key)
    return watch instanceof Promise
      ? watch.then((opened) => this.#openEntry(store, key, opened))
      : this.#openEntry(store, key, watch)
  }

  /**
   * What `view` shows of `entry`; where somebody watches it, that has been computed already.
   *
   * @throws RequestError `INTERNAL` if the view failed.
   */
  seen(store: AnyLiveStore, entry: AnyEntry, view: GroupView): WireEntry {
    const told = this.#entries.get(nameOf(store, entry.key))?.seen(view, entry)
    return told ?? entryWith(view.of(entry.value), entry)
  }

  /** The topic of a store's listing, with or without the changes of its entries. */
  listing(store: AnyLiveStore, changes: boolean): Awaitable<ListingTopic> {
    const open = this.#listings.get(nameOf(store, String(changes)))
    if (open) return open
    const watch = store.watchAll()
    return watch instanceof Promise
      ? watch.then((opened) => this.#openListing(store, changes, opened))
      : this.#openListing(store, changes, watch)
  }

  /** Closes every watch. */
  close(): void {
    for (const topic of [...this.#entries.values(), ...this.#listings.values()]) topic.close()
  }

  #openEntry(store: AnyLiveStore, key: string, watch: AnyWatch | undefined): EntryTopic | undefined {
    if (watch === undefined) return undefined
    const name = nameOf(store, key)
    const { entry } = watch
    // Somebody else may have been faster while an engine took its time.
    const other = this.#entries.get(name)
    if (other || entry === undefined) {
      watch.close()
      return other
    }
    const topic = new EntryTopic({
      store,
      watch,
      entry,
      openTopic: () => this.#openTopic(),
      onError: this.#options.onError,
      over: (ended) => {
        if (this.#entries.get(name) === ended) this.#entries.delete(name)
        this.#options.unwatched(store, key)
      },
    })
    if (topic.isOver) return undefined
    this.#entries.set(name, topic)
    return topic
  }

  #openListing(store: AnyLiveStore, changes: boolean, watch: AnyWatch): ListingTopic {
    const name = nameOf(store, String(changes))
    const other = this.#listings.get(name)
    if (other) {
      watch.close()
      return other
    }
    const topic = new ListingTopic({
      store,
      changes,
      watch,
      openTopic: () => this.#openTopic(),
      onError: this.#options.onError,
      over: (ended) => {
        if (this.#listings.get(name) === ended) this.#listings.delete(name)
      },
    })
    this.#listings.set(name, topic)
    return topic
  }

  #openTopic<S extends Subscriber>(): Topic<S> {
    const { topicHistoryBytes, onError } = this.#options
    return new Topic({
      number: ++this.#number,
      history: new History(topicHistoryBytes, this.#budget),
      onError,
    })
  }
}

function nameOf(store: AnyLiveStore, what: string): string {
  return `${store.definition.name}\n${what.toLowerCase()}`
}
