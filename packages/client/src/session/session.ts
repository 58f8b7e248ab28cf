import type { Definition, LiveValueTypes, Result } from '@livestore-kv/core'
import type { AnswerTo, Requests, RequestType, ServerFrame } from '@livestore-kv/core/protocol'
import { ClientError } from '../client-error.ts'
import type { ResolvedOptions } from '../client-options.ts'
import type { ClientStatus } from '../client-status.ts'
import { Connection } from '../connection/connection.ts'
import type { ConnectionEvents, ConnectionPhase } from '../connection/connection.ts'
import { Listeners } from '../listeners.ts'
import { Leases } from '../locks/leases.ts'
import { ChangeBatch } from './change-batch.ts'
import { RequestQueue } from './request-queue.ts'
import type { LossPolicy, QueuedRequest } from './request-queue.ts'
import { Subscriptions } from './subscriptions.ts'

/** How one request is asked. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  readonly onLoss?: LossPolicy
}

/** What one client asks for, holds and watches, over as many connections as it takes. */
export class Session implements ConnectionEvents {
  readonly options: ResolvedOptions
  readonly batch = new ChangeBatch()
  readonly leases: Leases
  readonly subscriptions: Subscriptions
  readonly statusListeners: Listeners<[ClientStatus]>
  /** What is closed with the client. */
  readonly closing = new Set<{ close(): void }>()
  readonly #queue: RequestQueue
  readonly #connection: Connection
  #status: ClientStatus = { phase: 'connecting' }
  /** What the server said of the session, at the last connect. */
  welcome: ServerFrame<'welcome'> | undefined
  /** How far the server's clock is ahead, at most. */
  #aheadMs = 0
  /** Why no request can be carried out any more. */
  #end: ClientError | undefined
  /** Numbers what the session shall know again. */
  #lastMid = 0
  #attempts = 0

  constructor(options: ResolvedOptions) {
    const { clock } = options
    this.options = options
    this.statusListeners = new Listeners(options.onError)
    this.leases = new Leases(clock)
    this.#queue = new RequestQueue(options.queue, clock)
    this.subscriptions = new Subscriptions(this.#queue, clock, () => this.#end)
    this.#connection = new Connection(options, this)
  }

  get status(): ClientStatus {
    return this.#status
  }

  /** The server's clock, and rather ahead of it than behind, in milliseconds since 1970. */
  now(): number {
    return this.options.clock.now() + this.#aheadMs
  }

  /** How long a lock may be held that is asked for so long: as the server allows, if it is not said. */
  leaseMs(wanted = Infinity): number {
    return Math.min(wanted, this.welcome?.limits.leaseMs ?? 0)
  }

  /** Whether the server runs this very definition. */
  serves<T extends LiveValueTypes>({ name, revision }: Definition<T>): boolean {
    return this.welcome?.stores.some((each) => each.name === name && each.revision === revision) ?? false
  }

  connect(): void {
    this.#end = undefined
    this.#connection.connect()
  }

  close(): void {
    this.batch.run(() => {
      this.#connection.close()
      for (const open of this.closing) open.close()
    })
  }

  /** @throws ClientError `CLIENT_CLOSED` */
  assertOpen(): void {
    if (this.#status.phase === 'closed') throw this.#end
  }

  /** Hands fresh credentials to the server, in place. */
  async refresh(): Promise<void> {
    const token = await this.options.token()
    // Not sent again: by then there may be fresher ones, and the next connect asks for them.
    if (token === undefined) return
    const { locks } = await this.answerTo('refresh', { token }, { onLoss: 'drop' })
    this.leases.keep(locks)
  }

  /**
   * Asks the server: its answer, or what the value refuses it with. Settles once, whatever becomes of the connection.
   *
   * @throws ClientError if it cannot be carried out, and the signal's reason if it was given up.
   */
  async ask<K extends RequestType>(
    type: K,
    fields: Requests[K],
    { signal, onLoss = 'resume' }: AskOptions = {},
  ): Promise<Result<AnswerTo<K>, unknown>> {
    signal?.throwIfAborted()
    if (this.#end) throw this.#end
    const body = encoded(type, onLoss === 'resume' ? { ...fields, mid: ++this.#lastMid } : fields)
    // A lock's; that of `refresh` is another.
    const hasLock = 'token' in fields && type !== 'refresh'
    let giveUp = (): void => undefined
    try {
      return await new Promise((settle, fail) => {
        // The protocol answers a request with the result of its type.
        const request = { type, body, onLoss, hasLock, settle, fail } as QueuedRequest
        giveUp = () => {
          const id = this.#queue.cancel(request, signal?.reason)
          if (id === undefined) return
          // Its outcome shows in what it is answered with: it may be too late to give it up.
          this.ask('cancel', { request: id }, { onLoss: 'drop' }).catch(() => undefined)
        }
        signal?.addEventListener('abort', giveUp)
        this.#queue.add(request)
      })
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  /** The answer to a request that no value refuses. */
  async answerTo<K extends RequestType>(
    type: K,
    fields: Requests[K],
    options?: AskOptions,
  ): Promise<AnswerTo<K>> {
    const result = await this.ask(type, fields, options)
    if (result.ok) return result.value
    throw new ClientError('INTERNAL', `${type} was refused`)
  }

  hello(): ReturnType<ConnectionEvents['hello']> {
    return {
      attempt: ++this.#attempts,
      session: this.welcome?.session,
      positions: this.subscriptions.positions,
      locks: this.leases.locks,
    }
  }

  welcomed(welcome: ServerFrame<'welcome'>, helloAt: number): void {
    this.welcome = welcome
    this.#aheadMs = welcome.now - helloAt
    this.batch.run(() => {
      this.leases.keep(welcome.locks)
      this.subscriptions.online(welcome.topics)
      this.#queue.online(welcome.limits, welcome.resumed, (frame) => this.#connection.send(frame))
    })
  }

  received(frames: readonly (ServerFrame | undefined)[]): void {
    this.batch.run(() => frames.forEach((frame) => this.#take(frame)))
  }

  lost(isOver: boolean): void {
    this.batch.run(() => {
      this.#queue.offline()
      this.subscriptions.offline()
      this.leases.offline((!isOver && this.welcome?.graceMs) || 0)
    })
  }

  entered(phase: ConnectionPhase): void {
    if (phase.phase === 'closed') this.#stop(new ClientError('CLIENT_CLOSED', 'the client is closed'))
    if (phase.phase === 'ended') {
      const why = phase.reason || phase.code
      this.#stop(new ClientError('CONNECTION_ENDED', `the server closed it: ${why}`))
      this.subscriptions.renewAll()
    }
    this.#status = phase.phase === 'online' ? this.#online : (phase as ClientStatus)
    this.statusListeners.tell(this.#status)
  }

  #take(frame: ServerFrame | undefined): void {
    try {
      if (!frame) throw new SyntaxError('a frame is not JSON')
      if (frame.type === 'update') this.subscriptions.deliver(frame)
      else if ('id' in frame) this.#queue.settle(frame)
    } catch (error) {
      // What cannot be read may have been an update that is now missing.
      this.options.onError(error)
      this.subscriptions.renewAll()
    }
  }

  #stop(error: ClientError): void {
    this.#end = error
    this.#queue.end(error)
    this.leases.keep([])
  }

  get #online(): ClientStatus {
    const outdated = this.options.definitions.flatMap((each) => (this.serves(each) ? [] : each.name))
    return { phase: 'online', user: this.welcome?.user ?? '', outdated }
  }
}

/** @throws ClientError `INVALID_PAYLOAD` */
function encoded(type: RequestType, fields: object): string {
  try {
    return JSON.stringify(fields)
  } catch (cause) {
    throw new ClientError('INVALID_PAYLOAD', `JSON cannot hold this ${type}`, { cause })
  }
}
