import type {
  Awaitable,
  Definition,
  Entry,
  EntryKey,
  LiveValueTypes,
  MutationOf,
  Result,
  SentInputOf,
  SentMessageOf,
  SentMutationOf,
  SentSavedOf,
  ViewNameOf,
  ViewTypes,
} from '@livestore-kv/core'
import type { Position, Requests } from '@livestore-kv/core/protocol'
import { ClientError } from './client-error.ts'
import { Guard } from './locks/guard.ts'
import type { Accepted } from './locks/guard.ts'
import { Listing } from './mirrors/listing.ts'
import type { ListingOptions, ListingViewOptions } from './mirrors/listing.ts'
import { LiveEntry } from './mirrors/live-entry.ts'
import { Mirror } from './mirrors/mirror.ts'
import { receivedEntry } from './received.ts'
import type { Session } from './session/session.ts'
import { storedKey } from './stored-key.ts'

/** What every request takes. */
export interface RequestOptions {
  /**
   * Gives it up when it aborts, and rejects with its reason; a request that is being carried out already ends as it
   * ends.
   */
  readonly signal?: AbortSignal
}

/** What reading through a view takes. */
export interface ViewOptions<V extends string> extends RequestOptions {
  /** Which of the views that the definition's types declare. */
  readonly view: V
}

/** What a write takes. */
export interface WriteOptions extends RequestOptions {
  /** Fails with `VERSION_CONFLICT` unless the entry is at this version. */
  readonly ifVersion?: number | Position
}

/** What is predicted: the mutation itself (`true`), or, where the server stamps it, what it will be with the stamp. */
export type PredictedAs<T extends LiveValueTypes> =
  | false
  | MutationOf<T>
  | (T extends { stamped: string } ? never : true)

/** What a mutation takes. */
export interface MutateOptions<T extends LiveValueTypes = LiveValueTypes> extends WriteOptions {
  /**
   * Shows the mutation in the entry's mirrors before the server has answered, and takes it back if it is refused. Where
   * the server runs another revision of the definition, or nobody watches the entry, it is shown when it is true.
   *
   * @default false
   */
  readonly optimistic?: PredictedAs<T>
}

/** How an entry is acquired. */
export interface AcquireOptions extends RequestOptions {
  /** The longest wait for it, in milliseconds. */
  readonly timeoutMs?: number
  /** How long to hold it unless it is renewed, in milliseconds; the server has a maximum. */
  readonly leaseMs?: number
}

/** What a client does with the entries of one kind. A promise of it settles once, whatever becomes of the connection. */
export class ClientStore<T extends LiveValueTypes> {
  readonly definition: Definition<T>
  readonly #session: Session
  /** What is watched. */
  readonly #live = new Map<EntryKey, LiveEntry<T>>()

  /** @internal */
  constructor(definition: Definition<T>, session: Session) {
    this.definition = definition
    this.#session = session
  }

  /**
   * Follows an entry until the mirror is closed: the whole of it, or what a view shows. Versions of a view may skip, and
   * nothing is predicted in it.
   *
   * @throws ClientError `CLIENT_CLOSED`, and `INVALID_KEY` if the key is no text.
   */
  watch(key: EntryKey, options?: RequestOptions): Mirror<T>
  watch<V extends ViewNameOf<T>>(key: EntryKey, options: ViewOptions<V>): Mirror<ViewTypes<T, V>>
  // What it answers is said above: the types of a view are not those of the store.
  watch(key: EntryKey, { signal, view }: Partial<ViewOptions<string>> = {}): unknown {
    this.#session.assertOpen()
    const fields = this.#at(key, view)
    const name = fields.key + (view ?? '')
    let live = this.#live.get(name)
    if (!live) {
      live = new LiveEntry(this.definition, fields, this.#session, () => this.#live.delete(name))
      this.#live.set(name, live)
    }
    return new Mirror(this.#session, live, signal)
  }

  /**
   * Follows every entry that the user may see until the listing is closed: the whole of each, or what a view shows.
   * Versions of a view may skip.
   *
   * @throws ClientError `CLIENT_CLOSED`
   */
  watchStore(options?: ListingOptions): Listing<T>
  watchStore<V extends ViewNameOf<T>>(options: ListingViewOptions<V>): Listing<ViewTypes<T, V>>
  // What it answers is said above: the types of a view are not those of the store.
  watchStore({ changes = false, view, signal }: Partial<ListingViewOptions<string>> = {}): unknown {
    this.#session.assertOpen()
    return new Listing(this.#session, { store: this.definition.name, changes, view }, signal)
  }

  /** Makes an entry of `value` under a new key, and answers the key: of a hosted kind, `value` is its input. */
  async init(value: SentInputOf<T>, options?: RequestOptions): Promise<EntryKey> {
    const { key } = await this.#session.answerTo('init', { store: this.definition.name, value }, options)
    return key
  }

  /** Makes an entry of `value` under `key`; answers the entry that is there already, which stays as it is. */
  async create(
    key: EntryKey,
    value: SentInputOf<T>,
    options?: RequestOptions,
  ): Promise<Entry<T> | undefined> {
    const { existing } = await this.#session.answerTo('create', { ...this.#at(key), value }, options)
    return existing ? receivedEntry(existing) : undefined
  }

  /** Replaces the value of an entry, and answers the entry as it was; `undefined` if there is none. No hosted value can be. */
  async assign(key: EntryKey, value: SentSavedOf<T>, options?: WriteOptions): Promise<Entry<T> | undefined> {
    return orMissing(this.#write('assign', key, value, options))
  }

  /** As `assign`, and makes an entry where there is none: `undefined`. A hosted one begins again with `value` as its input. */
  async insert(key: EntryKey, value: SentInputOf<T>, options?: WriteOptions): Promise<Entry<T> | undefined> {
    return this.#write('insert', key, value, options)
  }

  /** The entry as it is now, or what a view shows of it; `undefined` if there is none. */
  fetch(key: EntryKey, options?: RequestOptions): Promise<Entry<T> | undefined>
  fetch<V extends ViewNameOf<T>>(
    key: EntryKey,
    options: ViewOptions<V>,
  ): Promise<Entry<ViewTypes<T, V>> | undefined>
  async fetch(key: EntryKey, { signal, view }: Partial<ViewOptions<string>> = {}): Promise<unknown> {
    const fields = this.#at(key, view)
    const { entry } = await this.#session.answerTo('fetch', fields, { signal, onLoss: 'resend' })
    return entry ? receivedEntry(entry) : undefined
  }

  /** Removes an entry, and answers it as it was; `undefined` if there is none. */
  async remove(key: EntryKey, options?: RequestOptions): Promise<Entry<T> | undefined> {
    const answer = await orMissing(this.#session.answerTo('remove', this.#at(key), options))
    return answer && receivedEntry(answer.entry)
  }

  /** Asks an entry to change: where that led, or why it was refused; `undefined` if there is no such entry. */
  async mutate(
    key: EntryKey,
    mutation: SentMutationOf<T>,
    { optimistic, signal, ifVersion }: MutateOptions<T> = {},
  ): Promise<Result<Accepted, T['error']> | undefined> {
    const fields = { ...this.#at(key), mutation, ifVersion }
    const live = optimistic ? this.#live.get(fields.key) : undefined
    const asked = this.#session.ask('mutate', fields, { signal })
    // `true` is only allowed where nothing is stamped, and what is sent is all there is.
    const known = live?.predict((optimistic === true ? mutation : optimistic) as MutationOf<T>)
    let led: Accepted | undefined
    try {
      // The definition declares its errors, and the server runs the definition of this name.
      const result = (await orMissing(asked)) as Result<Accepted, T['error']> | undefined
      if (result?.ok) led = result.value
      return result
    } finally {
      known?.(led)
    }
  }

  /** Tells an entry's watchers, and changes nothing; answers whether there is such an entry. */
  async broadcast(key: EntryKey, message: SentMessageOf<T>, options?: RequestOptions): Promise<boolean> {
    const asked = this.#session.answerTo('broadcast', { ...this.#at(key), message }, options)
    return (await orMissing(asked)) !== undefined
  }

  /** Waits for the lock of an entry; `undefined` if there is no such entry. */
  async acquire(
    key: EntryKey,
    { signal, timeoutMs, leaseMs }: AcquireOptions = {},
  ): Promise<Guard<T> | undefined> {
    const fields = { ...this.#at(key), timeoutMs, leaseMs }
    const askedAt = this.#session.options.clock.now()
    const answer = await orMissing(this.#session.answerTo('acquire', fields, { signal, onLoss: 'resend' }))
    if (answer === undefined) return undefined
    return new Guard(this.definition, this.#session, {
      answer,
      askedAt,
      leaseMs: this.#session.leaseMs(leaseMs),
    })
  }

  /**
   * What `run` answers while it holds the entry; releases it whatever happens.
   *
   * @throws ClientError `NOT_FOUND` if there is no such entry; `run` is not called.
   */
  async withLock<R>(
    key: EntryKey,
    run: (guard: Guard<T>) => Awaitable<R>,
    options?: AcquireOptions,
  ): Promise<R> {
    const guard = await this.acquire(key, options)
    if (!guard) throw new ClientError('NOT_FOUND', `${this.definition.name} has no entry ${key}`)
    try {
      return await run(guard)
    } finally {
      await guard.release()
    }
  }

  async #write(
    type: 'assign' | 'insert',
    key: EntryKey,
    value: SentInputOf<T> | SentSavedOf<T>,
    { signal, ifVersion }: WriteOptions = {},
  ): Promise<Entry<T> | undefined> {
    const { old } = await this.#session.answerTo(type, { ...this.#at(key), value, ifVersion }, { signal })
    return old ? receivedEntry(old) : undefined
  }

  /** Keys are lower case on the server, and one entry has one mirror. */
  #at(key: EntryKey, view?: string): Requests['watch'] {
    return { store: this.definition.name, key: storedKey(key), view }
  }
}

/** What was asked for, or `undefined` if there is no such entry. */
async function orMissing<R>(asked: Promise<R>): Promise<R | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ClientError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}
