import type {
  Definition,
  Entry,
  EntryKey,
  LiveValueTypes,
  Result,
  SentMessageOf,
  SentMutationOf,
} from '@livestore-kv/core'
import type { Answers, Position, WireLock } from '@livestore-kv/core/protocol'
import { ClientError } from '../client-error.ts'
import { receivedEntry } from '../received.ts'
import type { Session } from '../session/session.ts'
import type { Lease } from './leases.ts'

/** Where an accepted mutation led. */
export interface Accepted extends Position {
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** @internal A granted lock. */
export interface Grant {
  readonly answer: Answers['acquire']
  /** When it was asked for, and for how long, by this machine's clock. */
  readonly askedAt: number
  readonly leaseMs: number
}

/**
 * Holds one entry until it is released or the lease ends: nobody else changes or removes it. A lost connection keeps
 * the lock for as long as the server keeps the session.
 */
export class Guard<T extends LiveValueTypes> implements AsyncDisposable {
  readonly key: EntryKey
  /** The fencing token: grows with every acquire of the store, and never repeats until the server starts anew. */
  readonly token: number
  /** The entry as it was when the lock was granted; its value is `null` to whoever may see only a view of it. */
  readonly entry: Entry<T>
  readonly #session: Session
  readonly #lost = new AbortController()
  readonly #lease: Lease
  #released = false

  /** @internal */
  constructor(definition: Definition<T>, session: Session, { answer, askedAt, leaseMs }: Grant) {
    this.#session = session
    this.key = answer.entry.key
    this.token = answer.token
    this.entry = receivedEntry(answer.entry)
    // Both are too early rather than too late: the lease began after it was asked for, and our idea of the server's
    // clock is ahead of it.
    const endsAt = Math.max(askedAt + leaseMs, answer.expiresAt - session.now() + session.options.clock.now())
    const lock = { store: definition.name, key: this.key, token: this.token }
    this.#lease = session.leases.add(lock, endsAt, () => this.#lost.abort(this.#over()))
  }

  /** Aborts when the lock is lost; its reason is a `ClientError` `GUARD_RELEASED`. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** @throws ClientError `GUARD_RELEASED` and whatever else the server cannot. */
  async mutate(mutation: SentMutationOf<T>): Promise<Result<Accepted, T['error']>> {
    const result = await this.#under(this.#session.ask('mutate', { ...this.#lock(), mutation }))
    // The definition declares its errors, and the server runs the definition of this name.
    return result as Result<Accepted, T['error']>
  }

  /** Removes the entry, and with it the lock; answers it as it was, its value as that of `entry`. */
  async remove(): Promise<Entry<T>> {
    const { entry } = await this.#under(this.#session.answerTo('remove', this.#lock()))
    this.#end()
    return receivedEntry(entry)
  }

  /** Tells the entry's watchers. */
  async broadcast(message: SentMessageOf<T>): Promise<void> {
    await this.#session.answerTo('broadcast', { ...this.#lock(), message })
  }

  /** Starts the lease again: `leaseMs` milliseconds from now, or as long as the server allows. */
  async renew(leaseMs?: number): Promise<void> {
    const endsAt = this.#session.options.clock.now() + this.#session.leaseMs(leaseMs)
    const fields = { ...this.#lock(), leaseMs }
    await this.#under(this.#session.answerTo('renew', fields, { onLoss: 'resend' }))
    // It may have been lost here before the answer came: of the lease that has begun there nobody knows.
    if (this.signal.aborted) await this.#letGo()
    this.#lock()
    this.#lease.renew(endsAt)
  }

  /** Lets go of the entry; safe to call again, and after the lock was lost. */
  async release(): Promise<void> {
    if (this.#end()) await this.#letGo()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  /** Where it cannot be told, the lock ends with its lease, or with the session. */
  #letGo(): Promise<unknown> {
    return this.#session.answerTo('release', this.#lease.lock, { onLoss: 'drop' }).catch(() => undefined)
  }

  #lock(): WireLock {
    this.signal.throwIfAborted()
    if (this.#released) throw this.#over()
    return this.#lease.lock
  }

  /** What the server says about the lock is believed. */
  async #under<R>(asked: Promise<R>): Promise<R> {
    try {
      return await asked
    } catch (error) {
      if (error instanceof ClientError && error.code === 'GUARD_RELEASED') this.#lease.lose()
      throw error
    }
  }

  /** Answers whether it was not over before. */
  #end(): boolean {
    this.#released = true
    return this.#lease.end()
  }

  #over(): ClientError {
    return new ClientError('GUARD_RELEASED', `the lock of ${this.key} is over`)
  }
}
