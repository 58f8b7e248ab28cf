import type { RequestFrame, RequestType, ServerFrame } from '@livestore-kv/core/protocol'
import type { Endpoint } from './endpoint.ts'
import type { Identity } from './endpoint-options.ts'
import { Guards } from './guards.ts'
import type { Outbox } from './outbox.ts'
import { Reply } from './reply.ts'
import { asRequestError, errorFrame, RequestError } from './request-error.ts'
import { readyFor } from './requests/handlers.ts'
import type { Enter } from './requests/request-handler.ts'
import { Subscriptions } from './subscriptions.ts'

export interface SessionOptions {
  readonly endpoint: Endpoint
  readonly identity: Identity<unknown>
  readonly outbox: Outbox
  readonly send: (frame: ServerFrame) => void
  /** Receives what the client cannot be told. */
  readonly onError: (error: unknown) => void
}

interface Pending {
  readonly type: RequestType
  readonly abort: AbortController
}

const FAILED = 'the server failed'

/** What one authenticated client asks for, holds and watches. */
export class Session {
  readonly endpoint: Endpoint
  readonly identity: Identity<unknown>
  readonly outbox: Outbox
  readonly guards: Guards
  readonly subscriptions: Subscriptions
  readonly onError: (error: unknown) => void
  readonly #send: (frame: ServerFrame) => void
  readonly #pending = new Map<number, Pending>()
  /** Settles when the newest request has entered its mailbox. */
  #turn: Promise<void> = Promise.resolve()
  #ended = false

  constructor(options: SessionOptions) {
    this.endpoint = options.endpoint
    this.identity = options.identity
    this.outbox = options.outbox
    this.#send = options.send
    this.onError = options.onError
    const { limits } = this.endpoint.options
    this.guards = new Guards(this.onError)
    this.subscriptions = new Subscriptions(limits.subscriptions)
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /**
   * Carries out one request. Requests enter the mailboxes in the order of these calls, however long the application
   * takes to allow each; once one has entered, the next follows, and does not wait for its outcome.
   */
  take(request: RequestFrame): void {
    const { pending } = this.endpoint.options.limits
    const { id, type } = request
    if (this.#pending.has(id)) {
      return this.#fail(undefined, new RequestError('DUPLICATE_ID', `request ${id} is not answered yet`))
    }
    // Before its turn, so that it can take back a request that waits for its own.
    if (type === 'cancel') {
      return this.#send({ type: 'answer', id, result: { cancelled: this.#cancel(request.request) } })
    }
    if (this.#pending.size >= pending) {
      return this.#fail(
        id,
        new RequestError('TOO_MANY_PENDING', `${pending} requests wait for their answers`),
      )
    }
    const abort = new AbortController()
    this.#pending.set(id, { type, abort })
    this.#turn = this.#turn.then(() => this.#enter(request, abort.signal))
  }

  /** Releases what the session holds and gives up what it waits for; mutations that wait are still carried out. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.subscriptions.close()
    this.guards.close()
    for (const { type, abort } of this.#pending.values()) {
      if (type === 'acquire') abort.abort(new RequestError('CANCELLED', 'the session ended'))
    }
  }

  async #enter(request: RequestFrame, signal: AbortSignal): Promise<void> {
    const reply = new Reply((frame) => this.#settle(request.id, frame))
    try {
      const enter = await this.#ready(request, signal)
      if (this.#ended) return
      signal.throwIfAborted()
      enter(reply)?.catch((error: unknown) => this.#failed(request.id, error))
    } catch (error) {
      this.#failed(request.id, error)
    }
  }

  /** What the application throws while it is asked is its own affair, even where a store of its own threw it. */
  async #ready(request: RequestFrame, signal: AbortSignal): Promise<Enter<RequestType>> {
    try {
      return await readyFor({ session: this, request, signal })
    } catch (error) {
      if (error instanceof RequestError) throw error
      this.onError(error)
      throw new RequestError('INTERNAL', FAILED)
    }
  }

  #cancel(id: number): boolean {
    const pending = this.#pending.get(id)
    pending?.abort.abort(new RequestError('CANCELLED', `request ${id} was cancelled`))
    return pending !== undefined
  }

  #settle(id: number, frame: (id: number) => ServerFrame): void {
    this.#pending.delete(id)
    if (!this.#ended) this.#send(frame(id))
  }

  #failed(id: number, error: unknown): void {
    const known = asRequestError(error)
    if (known === undefined) this.onError(error)
    this.#fail(id, known ?? new RequestError('INTERNAL', FAILED))
  }

  #fail(id: number | undefined, error: RequestError): void {
    if (id !== undefined) this.#pending.delete(id)
    if (!this.#ended) this.#send(errorFrame(error, id))
  }
}
