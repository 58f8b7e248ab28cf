import type { AnyLiveStore, Entry, LockInfo, Update, Watch } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { WireSnapshot } from '@livestore-kv/core/protocol'
import type { EntrySubscription } from './entry-subscription.ts'
import { Topic } from './topic.ts'
import { wireUpdate } from './wire-updates.ts'

// What is watched is known at run time only: the stores of an endpoint are of different kinds.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyTypes = any
export type AnyEntry = Entry<AnyTypes>
export type AnyWatch = Watch<AnyTypes>

export interface EntryTopicOptions {
  readonly number: number
  readonly store: AnyLiveStore
  /** A fresh watch of an entry that exists. */
  readonly watch: AnyWatch
  readonly entry: AnyEntry
  readonly onError: (error: unknown) => void
  /** Nobody is subscribed any more, or the entry is gone. */
  readonly over: (topic: EntryTopic) => void
}

/** The updates of one entry. One watch of the store serves every connection. */
export class EntryTopic {
  readonly key: string
  readonly #options: EntryTopicOptions
  readonly #topic: Topic<EntrySubscription>
  #entry: AnyEntry
  #lock: LockInfo | null
  #expiresAt: number | null = null
  #isOver = false

  constructor(options: EntryTopicOptions) {
    const { number, watch, entry, onError } = options
    this.#options = options
    this.#topic = new Topic(number, onError)
    this.key = entry.key
    this.#entry = entry
    this.#lock = watch.lock ?? null
    watch.onUpdate((update) => this.#tell(update))
  }

  get number(): number {
    return this.#topic.number
  }

  get seq(): number {
    return this.#topic.seq
  }

  /** Whether the entry is gone. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The entry as its subscribers know it: what is told later comes right after it. */
  snapshot(): WireSnapshot {
    return { entry: wireEntry(this.#entry), lock: this.#lock, expiresAt: this.#deadline() ?? this.#expiresAt }
  }

  /** Tells `subscription` everything that follows the snapshot of this moment. */
  add(subscription: EntrySubscription): void {
    this.#topic.add(subscription)
  }

  delete(subscription: EntrySubscription): void {
    this.#topic.delete(subscription)
    this.closeIfUnused()
  }

  closeIfUnused(): void {
    if (this.#topic.size === 0) this.close()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.watch.close()
    this.#options.over(this)
  }

  #tell(update: Update<AnyTypes>): void {
    this.#keep(update)
    const { epoch, version } = this.#entry
    const expiresAt = this.#deadline()
    this.#topic.publish(wireUpdate(update, { position: { epoch, version }, lock: this.#lock, expiresAt }))
    if (update.type !== 'remove') return

    for (const subscription of this.#topic.clear()) subscription.end()
    this.close()
  }

  #keep(update: Update<AnyTypes>): void {
    switch (update.type) {
      case 'create':
        this.#entry = update.entry
        break
      case 'mutate':
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
