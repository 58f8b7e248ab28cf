import type { AnyLiveStore, LockInfo, Watch } from '@livestore-kv/core'
import type { WatchForm, WireEntry, WireSnapshot } from '@livestore-kv/core/protocol'
import { ViewForm, WholeForm } from './entry-form.ts'
import type { AnyEntry, AnyUpdate, EntryForm } from './entry-form.ts'
import type { EntrySubscription } from './entry-subscription.ts'
import { Forms } from './forms.ts'
import { LastSight } from './sights.ts'
import type { Topic } from './topic.ts'
import type { GroupView } from './views.ts'
import { wireUpdate } from './wire-updates.ts'

// What is watched is known at run time only: the stores of an endpoint are of different kinds.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyWatch = Watch<any>

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
  readonly #forms: Forms<EntrySubscription>
  #entry: AnyEntry
  #lock: LockInfo | null
  #expiresAt: number | null = null
  #isOver = false

  constructor(options: EntryTopicOptions) {
    const { store, watch, entry, openTopic } = options
    this.#options = options
    // Nobody but its store can run a mutation of a hosted value.
    const isHosted = store.definition.kind === 'hosted'
    this.#forms = new Forms((wanted) =>
      typeof wanted === 'string'
        ? new WholeForm(openTopic(), isHosted ? 'value' : wanted)
        : new ViewForm(openTopic(), wanted, new LastSight()),
    )
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

  /**
   * The entry as the subscribers of `form` know it: what is told later comes right after it.
   *
   * @throws RequestError `INTERNAL` if its view failed.
   */
  snapshot(form: EntryForm<EntrySubscription>): WireSnapshot {
    const entry = form.entryOf(this.#entry)
    return { entry, lock: this.#lock, expiresAt: this.#deadline() ?? this.#expiresAt }
  }

  /** The whole entry, or what a view shows of it, to be subscribed to. It ends when nobody is any more. */
  as(wanted: WatchForm | GroupView): EntryForm<EntrySubscription> {
    return this.#forms.as(wanted)
  }

  /** What `view` shows of `entry`, if somebody is subscribed to it and was told of that entry last. */
  seen(view: GroupView, entry: AnyEntry): WireEntry | undefined {
    return this.#entry === entry ? this.#forms.get(view)?.entryOf(entry) : undefined
  }

  /** Forgets the forms that nobody is subscribed to, and ends if there is no other. */
  closeIfUnused(): void {
    if (!this.#isOver && !this.#forms.tidy()) this.close()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.watch.close()
    this.#options.over(this)
  }

  #tell(update: AnyUpdate): void {
    const before = this.#entry
    this.#keep(update)
    // Nobody joins it any more, and what is told on the way out comes before this.
    if (update.type === 'remove') this.close()
    const { epoch, version } = this.#entry
    const told = wireUpdate(update, {
      position: { epoch, version },
      lock: this.#lock,
      expiresAt: this.#deadline(),
    })
    this.#forms.tell({ update, told, before, entry: this.#entry })
    if (update.type === 'remove') for (const subscription of this.#forms.clear()) subscription.end()
  }

  #keep(update: AnyUpdate): void {
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
