import type { AnyLiveStore, Entry, LockInfo, Update, Watch } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { WatchForm, WireSnapshot } from '@livestore-kv/core/protocol'
import type { EntrySubscription } from './entry-subscription.ts'
import type { Topic } from './topic.ts'
import { asMutation, wireUpdate } from './wire-updates.ts'

// What is watched is known at run time only: the stores of an endpoint are of different kinds.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyTypes = any
export type AnyEntry = Entry<AnyTypes>
export type AnyWatch = Watch<AnyTypes>

export interface EntryTopicOptions {
  readonly store: AnyLiveStore
  /** A fresh watch of an entry that exists. */
  readonly watch: AnyWatch
  readonly entry: AnyEntry
  /** A topic with a number of its own. */
  readonly openTopic: () => Topic<EntrySubscription>
  readonly onError: (error: unknown) => void
  /** Nobody is subscribed any more, or the entry is gone. */
  readonly over: (topic: EntryTopic) => void
}

/** The updates of one entry, in each form that somebody wants. One watch of the store serves every connection. */
export class EntryTopic {
  readonly key: string
  readonly #options: EntryTopicOptions
  readonly #forms = new Map<WatchForm, Topic<EntrySubscription>>()
  #entry: AnyEntry
  #lock: LockInfo | null
  #expiresAt: number | null = null
  #isOver = false

  constructor(options: EntryTopicOptions) {
    const { watch, entry } = options
    this.#options = options
    this.key = entry.key
    this.#entry = entry
    this.#lock = watch.lock ?? null
    watch.onUpdate((update) => this.#tell(update))
  }

  /** The name of its store. */
  get store(): string {
    return this.#options.store.definition.name
  }

  /** Whether the entry is gone. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The entry as its subscribers know it: what is told later comes right after it. */
  snapshot(): WireSnapshot {
    return { entry: wireEntry(this.#entry), lock: this.#lock, expiresAt: this.#deadline() ?? this.#expiresAt }
  }

  /** The topic that tells in `form`. It ends when nobody is subscribed to it any more. */
  as(form: WatchForm): Topic<EntrySubscription> {
    const open = this.#forms.get(form)
    if (open) return open
    const topic = this.#options.openTopic()
    this.#forms.set(form, topic)
    return topic
  }

  /** Forgets the forms that nobody is subscribed to, and ends if there is no other. */
  closeIfUnused(): void {
    if (this.#isOver) return
    for (const [form, topic] of this.#forms) if (topic.size === 0) this.#forms.delete(form)
    if (this.#forms.size === 0) this.close()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.watch.close()
    this.#options.over(this)
  }

  #tell(update: Update<AnyTypes>): void {
    this.#keep(update)
    // Nobody joins it any more, and what is told on the way out comes before this.
    if (update.type === 'remove') this.close()
    const { epoch, version } = this.#entry
    const told = wireUpdate(update, {
      position: { epoch, version },
      lock: this.#lock,
      expiresAt: this.#deadline(),
    })
    const { kind } = this.#options.store.definition
    for (const [form, topic] of this.#forms) {
      // Nobody but its store can run a mutation of a hosted value.
      topic.publish(form === 'mutation' && kind === 'replayable' ? asMutation(told, update) : told)
    }
    if (update.type !== 'remove') return

    for (const topic of this.#forms.values()) for (const subscription of topic.clear()) subscription.end()
  }

  #keep(update: Update<AnyTypes>): void {
    switch (update.type) {
      case 'create':
        this.#entry = update.entry
        break
      case 'mutate':
      case 'transition':
      case 'overwrite':
        this.#entry = update.new
        break
      case 'lagged':
        if (update.entry) this.#entry = update.entry
        this.#lock = this.#options.watch.lock ?? null
        break
      case 'lock': {
        const { holder, expiresAt } = update
        this.#lock = {
          ...(holder !== undefined && { holder }),
          ...(expiresAt !== undefined && { expiresAt }),
        }
        break
      }
      case 'unlock':
        this.#lock = null
        break
      case 'deadline':
        this.#expiresAt = update.expiresAt ?? null
        break
      case 'message':
      case 'remove':
        break
    }
  }

  /** When the entry expires, where the engine says so at once; otherwise the last that was told counts. */
  #deadline(): number | null | undefined {
    const answer = this.#options.store.expiresAt(this.key)
    if (!(answer instanceof Promise)) return (this.#expiresAt = answer ?? null)
    answer.then(
      (expiresAt) => (this.#expiresAt = expiresAt ?? null),
      (error: unknown) => this.#options.onError(error),
    )
    return undefined
  }
}
