import type { Definition, LiveValueTypes, Result } from '@livestore-kv/core'
import { encodeFrame, isRetryable, parseServerFrames, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type {
  Answers,
  ClientFrame,
  Position,
  Requests,
  RequestType,
  ServerFrame,
} from '@livestore-kv/core/protocol'
import type { Unstamped } from '../definitions.ts'
import { Backoff } from './backoff.ts'
import { PendingRequests } from './pending-requests.ts'
import type { PendingRequest } from './pending-requests.ts'
import { RequestError } from './request-error.ts'
import { Subscriptions } from './subscriptions.ts'
import type { Subscriber } from './subscriptions.ts'

/** Where the connection is. */
export type ConnectionState =
  | { readonly phase: 'connecting' | 'online' }
  /** Lost; it tries again at `retryAt` (milliseconds since 1970, by this machine's clock). */
  | { readonly phase: 'waiting'; readonly retryAt: number }
  /** The server closed it for good. */
  | { readonly phase: 'ended'; readonly reason: string }

export interface ConnectionOptions {
  readonly url: string
  /** Asked for at every connect. */
  readonly token: () => string
  readonly onState: (state: ConnectionState) => void
}

/** How much longer than `pingMs` the server may be silent. */
const PING_GRACE_MS = 10_000

/**
 * One WebSocket to the server that comes back by itself: with full-jitter exponential backoff, and a new snapshot for
 * every subscriber. A request is sent once: when the connection is lost, it fails, and its outcome is not known.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #pending = new PendingRequests()
  readonly #backoff = new Backoff()
  readonly #subscriptions = new Subscriptions((type, fields, pending) => this.#post(type, fields, pending))
  #socket: WebSocket | undefined
  #state: ConnectionState = { phase: 'connecting' }
  #welcome: ServerFrame<'welcome'> | undefined
  #clockOffsetMs = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #silenceTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get online(): boolean {
    return this.#state.phase === 'online'
  }

  /** Who the server says we are; empty before the first welcome. */
  get user(): string {
    return this.#welcome?.user ?? ''
  }

  /** The server's clock, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#clockOffsetMs
  }

  /** Whether the server runs this very definition. */
  serves({ name, revision }: { readonly name: string; readonly revision: string }): boolean {
    return this.#welcome?.stores.some((each) => each.name === name && each.revision === revision) ?? false
  }

  /** Connects now, and anew if it is connected. */
  connect(): void {
    clearTimeout(this.#retryTimer)
    this.#abandon()
    const socket = new WebSocket(this.#options.url, SUBPROTOCOL)
    this.#socket = socket
    this.#enter({ phase: 'connecting' })
    // It names nothing of its earlier session that it wants back, so that what that one held is free at once.
    const session = this.#welcome && { session: this.#welcome.session }
    socket.onopen = () =>
      this.#send({ type: 'hello', client: 'livestore-chat', token: this.#options.token(), ...session })
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = ({ code, reason }) => this.#lose(code, reason)
  }

  /** Does not wait for the time of the next try. */
  hurry(): void {
    if (this.#state.phase === 'waiting') this.connect()
  }

  /** Hears of an entry from now on; answers a function that ends it. */
  subscribe(subscriber: Subscriber): () => void {
    return this.#subscriptions.add(subscriber)
  }

  /**
   * Asks the server.
   *
   * @throws RequestError if it cannot, or if there is no connection.
   */
  async request<K extends RequestType>(type: K, fields: Requests[K]): Promise<Answers[K]> {
    const result = await this.#ask(type, fields)
    if (result.ok) return result.value
    throw new RequestError('REFUSED', `the server refused ${type}`)
  }

  /**
   * Asks a value to change.
   *
   * @throws RequestError if the server cannot, or if there is no connection.
   */
  async mutate<T extends LiveValueTypes>(
    definition: Definition<T>,
    key: string,
    mutation: Unstamped<T['mutation']>,
    token?: number,
  ): Promise<Result<Position, T['error']>> {
    const result = await this.#ask('mutate', { store: definition.name, key, mutation, token })
    // The definition declares its errors, and the server runs the same revision of it.
    return result as Result<Position, T['error']>
  }

  #ask<K extends RequestType>(type: K, fields: Requests[K]): Promise<Result<Answers[K], unknown>> {
    return new Promise((resolve, reject) => {
      this.#post(type, fields, {
        // The protocol answers a request with the result of its type.
        answer: (result) => resolve({ ok: true, value: result as Answers[K] }),
        refused: (error) => resolve({ ok: false, error }),
        fail: reject,
      })
    })
  }

  #post<K extends RequestType>(type: K, fields: Requests[K], pending: PendingRequest): void {
    if (!this.online) return pending.fail(new RequestError('OFFLINE', 'there is no connection'))
    const id = this.#pending.add(pending)
    // A request is its type, an id and the fields of its type.
    this.#send({ type, id, ...fields } as unknown as ClientFrame)
  }

  #receive(message: string): void {
    this.#expectMore()
    for (const frame of parseServerFrames(message)) if (frame.ok) this.#take(frame.value)
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcome = frame
        this.#clockOffsetMs = frame.now - Date.now()
        this.#backoff.reset()
        this.#enter({ phase: 'online' })
        return this.#subscriptions.watchAll()
      case 'ping':
        return this.#send({ type: 'pong' })
      case 'drain':
        // The backoff spreads the return of this page by itself.
        return
      case 'update':
        return this.#subscriptions.deliver(frame.topic, frame.update)
      case 'answer':
        return this.#pending.take(frame.id)?.answer(frame.result)
      case 'refused':
        return this.#pending.take(frame.id)?.refused(frame.error)
      case 'error':
        return this.#pending.take(frame.id)?.fail(new RequestError(frame.code, frame.message, frame.retry))
    }
  }

  #send(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encodeFrame(frame))
  }

  #expectMore(): void {
    clearTimeout(this.#silenceTimer)
    if (!this.#welcome) return
    this.#silenceTimer = setTimeout(() => this.#lose(1006, ''), this.#welcome.pingMs + PING_GRACE_MS)
  }

  #lose(code: number, reason: string): void {
    this.#abandon()
    if (!isRetryable(code)) return this.#enter({ phase: 'ended', reason: reason || `code ${code}` })

    const delay = this.#backoff.next()
    this.#retryTimer = setTimeout(() => this.connect(), delay)
    this.#enter({ phase: 'waiting', retryAt: Date.now() + delay })
  }

  /** Leaves the socket, whatever it still says, and fails whoever waits for it. */
  #abandon(): void {
    clearTimeout(this.#silenceTimer)
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    this.#subscriptions.forgetTopics()
    this.#pending.failAll(new RequestError('OFFLINE', 'the connection was lost'))
  }

  #enter(state: ConnectionState): void {
    this.#state = state
    this.#options.onState(state)
  }
}
