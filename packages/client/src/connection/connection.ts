import { encodeFrame, isRetryable, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type { HelloFrame, ServerFrame } from '@livestore-kv/core/protocol'
import type { ResolvedOptions } from '../client-options.ts'
import { Backoff } from './backoff.ts'
import { readFrames } from './frames.ts'
import { Silence } from './silence.ts'
import type { WebSocketLike } from './web-socket.ts'

/** Where a connection is, short of who it speaks for. */
export type ConnectionPhase =
  | { readonly phase: 'connecting' | 'online' | 'closed' }
  | { readonly phase: 'waiting'; readonly retryAt: number }
  | { readonly phase: 'ended'; readonly code: number; readonly reason: string }

/** Whom a {@link Connection} tells. */
export interface ConnectionEvents {
  /** What the next `hello` says besides the credentials. */
  hello(): Omit<HelloFrame, 'type' | 'client' | 'token'>
  /** The session has begun; `helloAt` is when it was asked for, by this machine's clock. */
  welcomed(welcome: ServerFrame<'welcome'>, helloAt: number): void
  /** `undefined` is a frame that cannot be read. */
  received(frames: readonly (ServerFrame | undefined)[]): void
  /** A connection that had been welcomed is gone. */
  lost(): void
  entered(phase: ConnectionPhase): void
}

/** A connection that lasted so long was a good one: the next failure is the first again. */
const STEADY_MS = 5_000
const NORMAL = 1000
const ABNORMAL = 1006

/** One WebSocket after the other: says hello on each, notices when one is gone, and comes back. */
export class Connection {
  readonly #options: ResolvedOptions
  readonly #events: ConnectionEvents
  readonly #backoff: Backoff
  readonly #silence: Silence
  #socket: WebSocketLike | undefined
  /** Names the current try: what an earlier one still brings is not heard. */
  #attempt: object = {}
  #timer: unknown
  #onlineSince: number | undefined
  /** When a server that restarts wants us back. */
  #returnAt: number | undefined
  #closed = false

  constructor(options: ResolvedOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
    this.#backoff = new Backoff(options.backoff, options.random)
    this.#silence = new Silence(options.clock, () => this.#lose(ABNORMAL, ''))
  }

  /** Connects now, and anew if it is connected. */
  connect(): void {
    const { clock, connectTimeoutMs } = this.#options
    this.#leave()
    const attempt = this.#attempt
    this.#timer = clock.setTimeout(() => this.#lose(ABNORMAL, ''), connectTimeoutMs)
    this.#events.entered({ phase: 'connecting' })
    // Whoever hears of it may have closed: then it is another attempt's turn.
    void this.#open(attempt)
  }

  send(frame: string): void {
    this.#socket?.send(frame)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    // Said so, the session ends at once; otherwise the server keeps it for a while.
    this.#leave(NORMAL)
    this.#events.entered({ phase: 'closed' })
  }

  async #open(attempt: object): Promise<void> {
    const { url, WebSocket, token: ask, onError } = this.#options
    let token: string | undefined
    try {
      token = await ask()
    } catch (error) {
      if (this.#attempt !== attempt) return
      onError(error)
      return this.#lose(ABNORMAL, '')
    }
    if (this.#attempt !== attempt) return
    try {
      this.#listen(new WebSocket(url, SUBPROTOCOL), token)
    } catch (error) {
      // The platform does not let us: it will not the next time either.
      onError(error)
      this.#lose(NORMAL, 'cannot connect')
    }
  }

  #listen(socket: WebSocketLike, token: string | undefined): void {
    const { clock, name } = this.#options
    let helloAt = 0
    this.#socket = socket
    socket.onopen = () => {
      helloAt = clock.now()
      socket.send(encodeFrame({ type: 'hello', client: name, token, ...this.#events.hello() }))
    }
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      this.#silence.heard()
      // Frames are text: what is not holds none, and there is nobody to tell.
      if (typeof data === 'string') this.#receive(readFrames(data), helloAt)
    }
    // Where no close frame came, Deno says 0 in place of 1006.
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      this.#lose(code || ABNORMAL, reason)
    // Why it failed shows in the close code; unheard, some platforms would end the process.
    socket.onerror = () => undefined
  }

  #receive(frames: readonly (ServerFrame | undefined)[], helloAt: number): void {
    for (const frame of frames) {
      if (frame?.type === 'welcome') this.#begin(frame, helloAt)
      else if (frame?.type === 'ping') this.send(encodeFrame({ type: 'pong' }))
      else if (frame?.type === 'drain') this.#drain(frame)
    }
    this.#events.received(frames)
  }

  #begin(welcome: ServerFrame<'welcome'>, helloAt: number): void {
    const { clock } = this.#options
    clock.clearTimeout(this.#timer)
    this.#onlineSince = clock.now()
    this.#silence.start(welcome.pingMs)
    this.#events.welcomed(welcome, helloAt)
    // Whoever hears of it may have closed.
    if (this.#socket) this.#events.entered({ phase: 'online' })
  }

  #drain({ afterMs, jitterMs }: ServerFrame<'drain'>): void {
    const { clock, random } = this.#options
    this.#returnAt = clock.now() + afterMs + random() * jitterMs
  }

  #lose(code: number, reason: string): void {
    const { clock } = this.#options
    const now = clock.now()
    if (this.#onlineSince !== undefined && now - this.#onlineSince >= STEADY_MS) this.#backoff.reset()
    this.#leave()
    // Whoever hears of it may have closed.
    if (this.#closed) return
    if (!isRetryable(code)) return this.#events.entered({ phase: 'ended', code, reason })

    const delayMs = Math.max(this.#backoff.next(), (this.#returnAt ?? now) - now)
    this.#returnAt = undefined
    this.#timer = clock.setTimeout(() => this.connect(), delayMs)
    this.#events.entered({ phase: 'waiting', retryAt: now + delayMs })
  }

  /** Leaves the socket, whatever it still says. */
  #leave(code?: number): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#silence.stop()
    this.#attempt = {}
    const socket = this.#socket
    const wasOnline = this.#onlineSince !== undefined
    this.#socket = undefined
    this.#onlineSince = undefined
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(code)
    }
    if (wasOnline) this.#events.lost()
  }
}
