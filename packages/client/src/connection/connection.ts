import { encodeFrame, isRetryable, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type { CloseCode, HelloFrame, ServerFrame } from '@livestore-kv/core/protocol'
import type { ResolvedOptions } from '../client-options.ts'
import { backoffMs } from './backoff.ts'
import { readFrames } from './frames.ts'
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
  /** A connection that had been welcomed is gone, and its session with it if that `isOver`. */
  lost(isOver: boolean): void
  entered(phase: ConnectionPhase): void
}

/** A connection that lasted so long was a good one: the next failure is the first again. */
const STEADY_MS = 5_000
/** How much longer than its `pingMs` a server may be silent. */
const GRACE_MS = 10_000
const NORMAL = 1000
const ABNORMAL = 1006
/** With these, the server ends the session too; with others that it comes back after, it keeps it for a while. */
const REVOKED: typeof CloseCode.revoked = 4010
const RESTART: typeof CloseCode.restart = 1012

/** One WebSocket after the other: says hello on each, notices when one is gone, and comes back. */
export class Connection {
  readonly #options: ResolvedOptions
  readonly #events: ConnectionEvents
  #socket: WebSocketLike | undefined
  /** Names the current try: what an earlier one still brings is not heard. */
  #attempt: object = {}
  #timer: unknown
  /** When the server was heard last, or asked. */
  #heardAt = 0
  #onlineSince: number | undefined
  /** Tries since the last good connection. */
  #failures = 0
  /** When a server that restarts wants us back. */
  #returnAt = 0
  #closed = false

  constructor(options: ResolvedOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
  }

  /** Connects now, and anew if it is connected. */
  connect(): void {
    this.#leave()
    const attempt = this.#attempt
    this.#wait(this.#options.connectTimeoutMs)
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
    let code = ABNORMAL
    try {
      const token = await ask()
      if (this.#attempt !== attempt) return
      // Where the platform does not let us, it will not the next time either.
      code = NORMAL
      this.#take(new WebSocket(url, SUBPROTOCOL), token)
    } catch (error) {
      if (this.#attempt !== attempt) return
      onError(error)
      this.#lose(code, 'cannot connect')
    }
  }

  #take(socket: WebSocketLike, token: string | undefined): void {
    const { clock, name } = this.#options
    let helloAt = 0
    this.#socket = socket
    socket.onopen = () => {
      helloAt = clock.now()
      socket.send(encodeFrame({ type: 'hello', client: name, token, ...this.#events.hello() }))
    }
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      // Before its welcome, whatever else it says is no sign that it will come.
      if (this.#onlineSince !== undefined) this.#heardAt = clock.now()
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
    const { clock, random } = this.#options
    for (const frame of frames) {
      if (frame?.type === 'welcome') this.#begin(frame, helloAt)
      else if (frame?.type === 'ping') this.send(encodeFrame({ type: 'pong' }))
      else if (frame?.type === 'drain')
        this.#returnAt = clock.now() + frame.afterMs + random() * frame.jitterMs
    }
    this.#events.received(frames)
  }

  #begin(welcome: ServerFrame<'welcome'>, helloAt: number): void {
    this.#wait(welcome.pingMs + GRACE_MS)
    this.#onlineSince = this.#heardAt
    this.#events.welcomed(welcome, helloAt)
    // Whoever hears of it may have closed.
    if (this.#socket) this.#events.entered({ phase: 'online' })
  }

  #lose(code: number, reason: string): void {
    const { clock, backoff, random } = this.#options
    const now = clock.now()
    if (this.#onlineSince !== undefined && now - this.#onlineSince >= STEADY_MS) this.#failures = 0
    this.#leave(undefined, code === REVOKED || code === RESTART)
    // Whoever hears of it may have closed.
    if (this.#closed) return
    if (!isRetryable(code)) return this.#events.entered({ phase: 'ended', code, reason })

    const delayMs = Math.max(backoffMs(backoff, this.#failures++, random), this.#returnAt - now)
    this.#returnAt = 0
    this.#timer = clock.setTimeout(() => this.connect(), delayMs)
    this.#events.entered({ phase: 'waiting', retryAt: now + delayMs })
  }

  /** Comes back unless the server is heard within `ms`, again and again. */
  #wait(ms: number): void {
    const { clock } = this.#options
    clock.clearTimeout(this.#timer)
    this.#heardAt = clock.now()
    this.#listen(ms)
  }

  // Looked at when it could be over, so that hearing something costs no timer.
  #listen(ms: number): void {
    const { clock } = this.#options
    const now = clock.now()
    // If the clock was set back, it was heard just now: otherwise it would be waited for as much longer.
    this.#heardAt = Math.min(this.#heardAt, now)
    const leftMs = this.#heardAt + ms - now
    if (leftMs <= 0) this.#lose(ABNORMAL, '')
    else this.#timer = clock.setTimeout(() => this.#listen(ms), leftMs)
  }

  /** Leaves the socket, whatever it still says. */
  #leave(code?: number, isOver = false): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#attempt = {}
    const socket = this.#socket
    const wasOnline = this.#onlineSince !== undefined
    this.#socket = undefined
    this.#onlineSince = undefined
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(code)
    }
    if (wasOnline) this.#events.lost(isOver)
  }
}
