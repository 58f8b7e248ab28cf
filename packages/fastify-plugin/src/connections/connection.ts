import type { Result } from '@livestore-kv/core'
import { CloseCode, isRetryable, parseClientFrames } from '@livestore-kv/core/protocol'
import type {
  ClientFrame,
  FrameFault,
  HelloFrame,
  RequestFrame,
  ServerFrame,
} from '@livestore-kv/core/protocol'
import { Countdown } from '../countdown.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Identity } from '../options/endpoint-options.ts'
import { errorFrame, RequestError } from '../request-error.ts'
import { Conversation } from '../requests/conversation.ts'
import type { Session } from '../sessions/session.ts'
import { Credentials } from './credentials.ts'
import { encoded } from './encoded-frame.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Link } from './link.ts'
import { Outbox } from './outbox.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Transport } from './transport.ts'

/** The codes by which a client says that it does not come back (RFC 6455). */
const FAREWELLS: ReadonlySet<number> = new Set([1000, 1001])
/** No code came (RFC 6455). */
const ABNORMAL = 1006
/** The page went away, perhaps to be loaded again (RFC 6455). */
const GOING_AWAY = 1001

/** One client: its frames in, its frames out, and how it ends. */
export class Connection {
  readonly #endpoint: Endpoint
  readonly #transport: Transport
  readonly #request: unknown
  readonly #gone: () => void
  readonly #outbox: Outbox
  readonly #heartbeat: Heartbeat
  readonly #bucket: TokenBucket
  /** With a client that has not been welcomed. */
  readonly #patience: Countdown
  #greeted = false
  #credentials: Credentials | undefined
  #link: Link | undefined
  #session: Session | undefined
  #conversation: Conversation | undefined
  #closed = false

  constructor(endpoint: Endpoint, transport: Transport, request: unknown, gone: () => void) {
    this.#endpoint = endpoint
    this.#transport = transport
    this.#request = request
    this.#gone = gone
    const { clock, budgetBytes, capBytes, stallMs, pingMs, helloMs, limits } = endpoint.options
    this.#outbox = new Outbox({
      transport,
      tick: endpoint.tick,
      clock,
      budgetBytes,
      capBytes,
      stallMs,
      meter: endpoint.meter,
      stalled: (reason) => this.#abandon(CloseCode.tooSlow, reason),
    })
    this.#heartbeat = new Heartbeat({
      clock,
      pingMs,
      ping: () => this.#send({ type: 'ping' }),
      gone: () => this.#abandon(CloseCode.silent, 'nothing was heard for too long'),
    })
    this.#bucket = new TokenBucket(clock, limits.requestsPerSecond, limits.requestBurst)
    this.#patience = new Countdown(clock, () => this.close(CloseCode.helloLate, 'no session began in time'))
    this.#patience.start(helloMs)
  }

  /** Bytes that its client has not read yet, as far as one can see from here. */
  get waiting(): number {
    return this.#outbox.waiting
  }

  /** Takes one message. */
  receive(message: string | Uint8Array): void {
    if (this.#closed) return
    this.#heartbeat.heard()
    const { messageBytes } = this.#endpoint.options.limits
    if (message.length > messageBytes || Buffer.byteLength(message) > messageBytes) {
      return this.close(CloseCode.messageTooLarge, `a message is larger than ${messageBytes} bytes`)
    }
    this.#endpoint.meter?.bytes('receive', Buffer.byteLength(message))
    for (const frame of parseClientFrames(message)) {
      this.#take(frame)
      // What a frame does may end the connection.
      if (this.#hasEnded()) return
    }
  }

  /** Takes a ping or pong of the transport itself: it counts as a request. */
  control(): void {
    if (!this.#closed) this.#spend()
  }

  /** Says why, and ends; safe to call again. */
  close(code: number, reason: string): void {
    if (this.#closed) return
    this.#endpoint.tally.close(code)
    this.#end(isRetryable(code))
    this.#transport.close(code, reason)
  }

  /** Tells the client when to come back, before the server goes. */
  drain(afterMs: number, jitterMs: number): void {
    if (this.#conversation) this.#send({ type: 'drain', afterMs, jitterMs })
  }

  /** The other end is gone. Its session waits for it to come back, unless `code` says that it left. */
  disconnected(code: number): void {
    if (!this.#closed) this.#end(!FAREWELLS.has(code), code === GOING_AWAY ? 'soon' : 'now')
  }

  /** Ends it now, whatever the other end does. */
  terminate(): void {
    this.disconnected(ABNORMAL)
    this.#transport.terminate()
  }

  #hasEnded(): boolean {
    return this.#closed
  }

  /** Says why to somebody who may not be listening any more, and does not wait for an answer. */
  #abandon(code: number, reason: string): void {
    this.close(code, reason)
    this.#transport.terminate()
  }

  #take(frame: Result<ClientFrame, FrameFault>): void {
    if (this.#conversation) return this.#takeInSession(this.#conversation, frame)
    if (!this.#greeted && frame.ok && frame.value.type === 'hello') {
      this.#greeted = true
      void this.#begin(frame.value)
      return
    }
    const reason = this.#greeted ? 'requests come after welcome' : 'the first frame is not a hello'
    this.close(CloseCode.helloExpected, reason)
  }

  async #begin(hello: HelloFrame): Promise<void> {
    const credentials = new Credentials({
      endpoint: this.#endpoint.options,
      client: hello.client,
      request: this.#request,
      refused: (code, reason) => this.close(code, reason),
    })
    this.#credentials = credentials
    const identity = await credentials.show(hello.token)
    if (identity === undefined) return
    this.#link = {
      outbox: this.#outbox,
      request: this.#request,
      authenticate: (token) => credentials.show(token),
      close: (code, reason) => this.close(code, reason),
    }
    await this.#attach(hello, identity, this.#link)
  }

  async #attach(hello: HelloFrame, identity: Identity<unknown>, link: Link): Promise<void> {
    const { sessions } = this.#endpoint
    const { session: id, attempt } = hello
    if (id !== undefined && attempt !== undefined && sessions.isPast(id, identity, attempt)) {
      return this.close(CloseCode.sessionTaken, 'the session went on in a newer connection')
    }
    const resumed = id === undefined ? undefined : sessions.resume(id, identity)
    const session = resumed ?? sessions.open(identity)
    session.attempt = attempt ?? session.attempt
    this.#session = session
    session.attach(link, identity)
    // What was allowed to earlier credentials may not be to these: it is told to nobody before that is known.
    if (resumed) await session.review()
    if (!this.#hasEnded()) this.#welcome(hello, session, resumed !== undefined)
  }

  #welcome(hello: HelloFrame, session: Session, resumed: boolean): void {
    const { revisions, options } = this.#endpoint
    const { clock, limits, pingMs, graceMs } = options
    this.#patience.stop()
    this.#conversation = new Conversation(session, this.#outbox)
    // First: whoever waited for a lock that is released now changes what the subscriptions have missed.
    const locks = session.guards.keep(hello.locks ?? [])
    const positions = session.subscriptions.keep(hello.positions ?? [])
    this.#heartbeat.start()
    this.#send({
      type: 'welcome',
      session: session.id,
      resumed,
      topics: positions.map(({ topic }) => topic),
      locks,
      member: session.stays.id,
      user: session.identity.userId,
      now: clock.now(),
      pingMs,
      graceMs,
      limits,
      stores: revisions,
    })
    session.subscriptions.resume(positions, this.#outbox)
  }

  #takeInSession(conversation: Conversation, frame: Result<ClientFrame, FrameFault>): void {
    const request = frame.ok ? frame.value : undefined
    if (request?.type === 'hello') return this.close(CloseCode.helloRepeated, 'the session has begun already')
    // One for each ping is free; nobody is told about more of them, and they count.
    if (request?.type === 'pong') return this.#heartbeat.answered() ? undefined : void this.#spend()

    const waitMs = this.#spend()
    if (this.#hasEnded()) return
    const fault = frame.ok ? undefined : frame.error
    if (waitMs > 0) {
      const { requestsPerSecond } = this.#endpoint.options.limits
      const message = `more than ${requestsPerSecond} requests a second`
      return this.#fail(request, fault, new RequestError('RATE_LIMITED', message, waitMs))
    }
    if (fault) return this.#fail(undefined, fault, new RequestError(fault.code, fault.message))
    if (request) conversation.take(request)
  }

  /** Counts one request; answers how many milliseconds it comes too early. */
  #spend(): number {
    const waitMs = this.#bucket.take()
    if (this.#bucket.isFlooded) this.close(CloseCode.flooded, 'far too many requests')
    return waitMs
  }

  #fail(request: RequestFrame | undefined, fault: FrameFault | undefined, error: RequestError): void {
    const frame = errorFrame(error, request?.id ?? fault?.id)
    this.#endpoint.meter?.request(request?.type, frame, undefined)
    this.#send(frame)
  }

  #send(frame: ServerFrame): void {
    this.#outbox.push(encoded(frame))
  }

  #end(mayReturn: boolean, leaves?: 'now' | 'soon'): void {
    this.#closed = true
    this.#patience.stop()
    this.#credentials?.close()
    this.#heartbeat.stop()
    this.#conversation?.end()
    this.#leave(mayReturn, leaves)
    this.#outbox.close()
    this.#gone()
  }

  #leave(mayReturn: boolean, leaves?: 'now' | 'soon'): void {
    const session = this.#session
    // It may have gone on in another connection already.
    if (session === undefined || session.link !== this.#link) return
    if (mayReturn) this.#endpoint.sessions.rest(session)
    else this.#endpoint.sessions.end(session, leaves)
  }
}
