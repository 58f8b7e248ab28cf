import type {
  Definition,
  LiveValueTypes,
  LockInfo,
  MessageOf,
  RemoveReason,
  ValueOf,
} from '@livestore-kv/core'
import type { Position, WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'
import type { Connection } from './connection.ts'

/** What is known of an entry. */
export type LiveState<T extends LiveValueTypes> =
  | { readonly status: 'loading' }
  | {
      readonly status: 'live'
      readonly value: ValueOf<T>
      readonly position: Position
      readonly lock: LockInfo | undefined
      /** When it expires unless something happens (the server's clock, milliseconds since 1970). */
      readonly expiresAt: number | undefined
    }
  /** It went away while we watched, and why; or it was not there. */
  | { readonly status: 'gone'; readonly reason: RemoveReason | 'missing' }

export interface LiveEntryListener<T extends LiveValueTypes> {
  onState(state: LiveState<T>): void
  onMessage?(message: MessageOf<T>): void
}

/** This page's mirror of one entry: follows it from a snapshot, and over a reconnect from a new one. */
export class LiveEntry<T extends LiveValueTypes> {
  readonly #listener: LiveEntryListener<T>
  readonly #unsubscribe: () => void
  #state: LiveState<T> = { status: 'loading' }

  constructor(
    connection: Connection,
    definition: Definition<T>,
    key: string,
    listener: LiveEntryListener<T>,
  ) {
    this.#listener = listener
    this.#unsubscribe = connection.subscribe({
      store: definition.name,
      key,
      onSnapshot: (snapshot) => this.#adopt(snapshot),
      onUpdate: (update) => this.#follow(update),
      onMissing: () => this.#enter({ status: 'gone', reason: 'missing' }),
    })
  }

  get state(): LiveState<T> {
    return this.#state
  }

  get value(): ValueOf<T> | undefined {
    return this.#state.status === 'live' ? this.#state.value : undefined
  }

  close(): void {
    this.#unsubscribe()
  }

  #adopt({ entry, lock, expiresAt }: WireSnapshot): void {
    this.#enter({
      status: 'live',
      value: this.#valueOf(entry),
      position: { epoch: entry.epoch, version: entry.version },
      lock: lock ?? undefined,
      expiresAt: expiresAt ?? undefined,
    })
  }

  #follow(update: WireUpdate): void {
    if (update.type === 'lagged') {
      return update.entry
        ? this.#adopt({ ...update, entry: update.entry })
        : this.#enter({ status: 'loading' })
    }
    if (update.type === 'remove') {
      // A store closes with its server: the connection goes next, and what is here then is another snapshot.
      if (update.reason === 'closed') return
      return this.#enter({ status: 'gone', reason: update.reason })
    }
    // The message is the server's to check: it serves the same definition.
    if (update.type === 'message') return this.#listener.onMessage?.(update.message as MessageOf<T>)

    const state = this.#state
    if (state.status !== 'live') return
    if (update.type === 'lock') {
      const { holder, expiresAt } = update
      const lock = { ...(holder !== undefined && { holder }), ...(expiresAt !== undefined && { expiresAt }) }
      return this.#enter({ ...state, lock })
    }
    if (update.type === 'unlock') return this.#enter({ ...state, lock: undefined })
    // This page watches by value, and by nothing but its own session.
    if (update.type === 'mutation' || update.type === 'revoked') return
    if (update.type === 'snapshot') return this.#adopt(update)
    if (update.type === 'deadline') return this.#enter({ ...state, expiresAt: update.expiresAt ?? undefined })

    const { epoch, version, expiresAt } = update
    this.#enter({
      ...state,
      value: this.#valueOf(update),
      position: { epoch, version },
      expiresAt: expiresAt === undefined ? state.expiresAt : (expiresAt ?? undefined),
    })
  }

  #valueOf({ value }: { readonly value: unknown }): ValueOf<T> {
    // The server serves the definition that this page was built with: the page looks at its revision at `welcome`.
    return value as ValueOf<T>
  }

  #enter(state: LiveState<T>): void {
    this.#state = state
    this.#listener.onState(state)
  }
}
