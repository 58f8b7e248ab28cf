import type { Definition, LiveValueTypes, Result } from '@livestore-kv/core'
import { encodeFrame, isRetryable, parseServerFrames, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type {
  Answers,
  ClientFrame,
  Position,
  Requests,
  RequestType,
  ServerFrame,
  WireUpdate,
} from '@livestore-kv/core/protocol'
import type { Unstamped } from '../definitions.ts'
import { RequestError } from './request-error.ts'

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

/** Somebody who wants to hear of an entry, over every reconnect. */
export interface Subscriber {
  readonly store: string
  readonly key: string
  onSnapshot(snapshot: Answers['watch']): void
  onUpdate(update: WireUpdate): void
  /** There is no such entry, or it is not ours to see. */
  onMissing(): void
}

interface Pending {
  answer(result: object): void
  refused(error: unknown): void
  fail(error: RequestError): void
}

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 15_000
const WATCH_AGAIN_MS = 1_000
/** How much longer than `pingMs` the server may be silent. */
const PING_GRACE_MS = 10_000

/**
 * One WebSocket to the server that comes back by itself: with full-jitter exponential backoff, and a new snapshot for
 * every subscriber. A request is sent once: when the connection is lost, it fails, and its outcome is not known.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #pending = new Map<number, Pending>()
  readonly #subscribers = new Map<Subscriber, number | undefined>()
  #socket: WebSocket | undefined
  #state: ConnectionState = { phase: 'connecting' }
  #welcome: ServerFrame<'welcome'> | undefined
  #clockOffsetMs = 0
  #attempts = 0
  #lastId = 0
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
    socket.onopen = () =>
      this.#send({ type: 'hello', client: 'livestore-chat', token: this.#options.token() })
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = ({ code, reason }) => this.#lose(code, reason)
  }

  /** Does not wait for the time of the next try. */
  hurry(): void {
    if (this.#state.phase === 'waiting') this.connect()
  }

  /** Hears of an entry from now on; answers a function that ends it. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.set(subscriber, undefined)
    if (this.online) this.#watch(subscriber)
    return () => {
      const topic = this.#subscribers.get(subscriber)
      this.#subscribers.delete(subscriber)
      if (topic !== undefined && this.online) this.request('unwatch', { topic }).catch(() => undefined)
    }
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

  /** Callbacks instead of a promise: what follows an answer in the same message may depend on it. */
  #post<K extends RequestType>(type: K, fields: Requests[K], pending: Pending): void {
    if (!this.online) return pending.fail(new RequestError('OFFLINE', 'there is no connection'))
    const id = ++this.#lastId
    this.#pending.set(id, pending)
    // A request is its type, an id and the fields of its type.
    this.#send({ type, id, ...fields } as unknown as ClientFrame)
  }

  #watch(subscriber: Subscriber): void {
    const { store, key } = subscriber
    this.#post(
      'watch',
      { store, key },
      {
        answer: (result) => {
          // The protocol answers `watch` so.
          const snapshot = result as Answers['watch']
          if (!this.#subscribers.has(subscriber)) return
          this.#subscribers.set(subscriber, snapshot.topic)
          subscriber.onSnapshot(snapshot)
        },
        refused: () => undefined,
        fail: ({ code, retry }) => {
          // Every welcome watches anew, so a lost connection is no answer.
          if (!this.#subscribers.has(subscriber) || code === 'OFFLINE') return
          if (retry === 'no') subscriber.onMissing()
          else setTimeout(() => this.#watchAgain(subscriber), WATCH_AGAIN_MS)
        },
      },
    )
  }

  #watchAgain(subscriber: Subscriber): void {
    const isWaiting = this.#subscribers.has(subscriber) && this.#subscribers.get(subscriber) === undefined
    if (isWaiting && this.online) this.#watch(subscriber)
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
        this.#attempts = 0
        this.#enter({ phase: 'online' })
        for (const subscriber of this.#subscribers.keys()) this.#watch(subscriber)
        return
      case 'ping':
        return this.#send({ type: 'pong' })
      case 'update':
        for (const [subscriber, topic] of this.#subscribers) {
          if (topic === frame.topic) subscriber.onUpdate(frame.update)
        }
        return
      case 'answer':
        return this.#settle(frame.id)?.answer(frame.result)
      case 'refused':
        return this.#settle(frame.id)?.refused(frame.error)
      case 'error':
        return this.#settle(frame.id ?? 0)?.fail(new RequestError(frame.code, frame.message, frame.retry))
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
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

    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts++)
    const delay = Math.random() * ceiling
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
    for (const subscriber of this.#subscribers.keys()) this.#subscribers.set(subscriber, undefined)
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const each of pending) each.fail(new RequestError('OFFLINE', 'the connection was lost'))
  }

  #enter(state: ConnectionState): void {
    this.#state = state
    this.#options.onState(state)
  }
}
