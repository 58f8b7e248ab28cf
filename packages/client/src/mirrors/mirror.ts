import type { Entry, EntryKey, LiveValueTypes, LockInfo, RemoveReason } from '@livestore-kv/core'
import { Listeners } from '../listeners.ts'
import type { Session } from '../session/session.ts'
import type { LiveEntry, Reflection } from './live-entry.ts'
import { LiveView } from './live-view.ts'
import type { MirrorState, MirrorUpdate } from './mirror-state.ts'

/** Follows one entry, over every reconnect, until it is closed. */
export class Mirror<T extends LiveValueTypes> extends LiveView<MirrorState<T>> {
  readonly key: EntryKey
  readonly #live: LiveEntry<T>
  readonly #updates: Listeners<[MirrorUpdate<T>]>
  readonly #reflection: Reflection<T> = {
    changed: () => this.tell(),
    updated: (update) => this.#updates.tell(update),
  }
  #last: MirrorState<T> | undefined

  /** @internal */
  constructor(session: Session, live: LiveEntry<T>, signal?: AbortSignal) {
    super(session, signal)
    this.key = live.fields.key
    this.#live = live
    this.#updates = new Listeners(session.options.onError)
    live.attach(this.#reflection)
    if (signal?.aborted) this.close()
  }

  get state(): MirrorState<T> {
    return this.#last ?? this.#live.state
  }

  /** The newest that is known of the entry, with predictions on top. */
  get entry(): Entry<T> | undefined {
    return this.state.entry
  }

  /** Who holds the entry now. */
  get lock(): LockInfo | undefined {
    return this.state.lock
  }

  /** When it expires unless something happens: the server's clock, in milliseconds since 1970. */
  get expiresAt(): number | undefined {
    return this.state.expiresAt
  }

  /** Why it is gone. */
  get reason(): RemoveReason | 'missing' | undefined {
    return this.state.reason
  }

  /** Tells `listener` what happens to the entry, one by one and in order; answers a function that ends it. */
  onUpdate(listener: (update: MirrorUpdate<T>) => unknown): () => void {
    return this.#updates.add(listener)
  }

  protected end(): void {
    this.#last = { ...this.#live.state, status: 'closed' }
    this.#live.detach(this.#reflection)
  }
}
