import type { AnyLiveStore } from '@livestore-kv/core'
import type { AnyWatch } from './entry-topic.ts'
import type { ListingSubscription } from './listing-subscription.ts'
import type { History } from './history.ts'
import { endOf } from './store-end.ts'
import type { Topic } from './topic.ts'
import { wireUpdate } from './wire-updates.ts'

export interface ListingTopicOptions {
  readonly store: AnyLiveStore
  /** Whether changes are told too. */
  readonly changes: boolean
  /** A fresh watch of the whole store. */
  readonly watch: AnyWatch
  readonly topic: Topic<ListingSubscription>
  readonly onError: (error: unknown) => void
  readonly over: (topic: ListingTopic) => void
}

/** What is created in a store and removed from it, and, if asked for, changed. */
export class ListingTopic {
  readonly store: AnyLiveStore
  readonly changes: boolean
  readonly #options: ListingTopicOptions
  readonly #topic: Topic<ListingSubscription>
  readonly #over = new AbortController()

  constructor(options: ListingTopicOptions) {
    const { store, changes, watch, topic, onError } = options
    this.#options = options
    this.store = store
    this.changes = changes
    this.#topic = topic
    watch.onUpdate((update) => {
      const isChange = 'new' in update
      const isListed = update.type === 'create' || update.type === 'remove' || update.type === 'lagged'
      if (!isListed && !(changes && isChange)) return
      // None of these takes its position from the context: they carry entries.
      const context = { position: { epoch: 0, version: 0 }, lock: null, expiresAt: undefined }
      this.#topic.publish(wireUpdate(update, context))
    })
    endOf(store, this.#over.signal).then(
      () => this.#end(),
      (error: unknown) => {
        onError(error)
        this.#end()
      },
    )
  }

  get number(): number {
    return this.#topic.number
  }

  /** What it told. */
  get history(): History {
    return this.#topic.history
  }

  get isOver(): boolean {
    return this.#over.signal.aborted
  }

  add(subscription: ListingSubscription): void {
    this.#topic.add(subscription)
  }

  delete(subscription: ListingSubscription): void {
    this.#topic.delete(subscription)
    this.closeIfUnused()
  }

  closeIfUnused(): void {
    if (this.#topic.size === 0) this.close()
  }

  close(): void {
    if (this.isOver) return
    this.#over.abort()
    this.#options.watch.close()
    this.#options.over(this)
  }

  /** The store was closed: there is nothing more to tell. */
  #end(): void {
    for (const subscription of this.#topic.clear()) subscription.end()
    this.close()
  }
}
