import type { AnyLiveStore } from '@livestore-kv/core'
import { ViewForm, WholeForm } from '../topics/entry-form.ts'
import type { AnyEntry, AnyUpdate, EntryForm } from '../topics/entry-form.ts'
import type { AnyWatch } from '../topics/entry-topic.ts'
import { Forms } from '../topics/forms.ts'
import type { Topic } from '../topics/topic.ts'
import type { GroupView } from '../topics/views.ts'
import { wireUpdate } from '../topics/wire-updates.ts'
import type { ListingSubscription } from './listing-subscription.ts'
import { endOf } from './store-end.ts'

// Nothing that a listing tells takes its position from the context: it carries entries.
const CONTEXT = { position: { epoch: 0, version: 0 }, lock: null, expiresAt: undefined }

export interface ListingTopicOptions {
  readonly store: AnyLiveStore
  /** Whether changes are told too. */
  readonly changes: boolean
  /** A fresh watch of the whole store. */
  readonly watch: AnyWatch
  /** A topic with a number of its own. */
  readonly openTopic: () => Topic<ListingSubscription>
  readonly onError: (error: unknown) => void
  readonly over: (topic: ListingTopic) => void
}

/**
 * What is created in a store and removed from it, and, if asked for, changed, in each form that somebody wants. One watch
 * of the store serves every connection.
 */
export class ListingTopic {
  readonly store: AnyLiveStore
  readonly #options: ListingTopicOptions
  readonly #forms: Forms<ListingSubscription>
  readonly #over = new AbortController()

  constructor(options: ListingTopicOptions) {
    const { store, watch, openTopic, onError } = options
    this.#options = options
    this.store = store
    this.#forms = new Forms((wanted) =>
      typeof wanted === 'string'
        ? new WholeForm(openTopic(), wanted)
        : new ViewForm(openTopic(), wanted, new WeakMap()),
    )
    watch.onUpdate((update) => this.#tell(update))
    endOf(store, this.#over.signal).then(
      () => this.#end(),
      (error: unknown) => {
        onError(error)
        this.#end()
      },
    )
  }

  get isOver(): boolean {
    return this.#over.signal.aborted
  }

  /** The whole of every entry, or what a view shows of it, to be subscribed to. It ends when nobody is any more. */
  as(view: GroupView | undefined): EntryForm<ListingSubscription> {
    return this.#forms.as(view ?? 'value')
  }

  /** Forgets the forms that nobody is subscribed to, and ends if there is no other. */
  closeIfUnused(): void {
    if (!this.isOver && !this.#forms.tidy()) this.close()
  }

  close(): void {
    if (this.isOver) return
    this.#over.abort()
    this.#options.watch.close()
    this.#options.over(this)
  }

  #tell(update: AnyUpdate): void {
    switch (update.type) {
      case 'create':
        return this.#tellEntry(update, update.entry, update.entry)
      case 'remove':
        return this.#tellEntry(update, update.old, update.old)
      case 'mutate':
      case 'transition':
      case 'overwrite':
        return this.#options.changes ? this.#tellEntry(update, update.old, update.new) : undefined
      case 'lagged':
        // Whatever was missed of which entry: everybody lists again.
        for (const { topic } of this.#forms) topic.publish(wireUpdate(update, CONTEXT))
        return
      case 'message':
      case 'lock':
      case 'unlock':
      case 'deadline':
    }
  }

  #tellEntry(update: AnyUpdate, before: AnyEntry, entry: AnyEntry): void {
    // No message is told, not even one that rides on something else.
    const told = wireUpdate('message' in update ? { ...update, message: undefined } : update, CONTEXT)
    this.#forms.tell({ update, told, before, entry })
  }

  /** The store was closed: there is nothing more to tell. */
  #end(): void {
    for (const subscription of this.#forms.clear()) subscription.end()
    this.close()
  }
}
