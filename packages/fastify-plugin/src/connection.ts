import { createKey } from '@livestore-kv/core'
import type { Result } from '@livestore-kv/core'
import { CloseCode, parseClientFrames } from '@livestore-kv/core/protocol'
import type { ClientFrame, FrameFault, HelloFrame, ServerFrame } from '@livestore-kv/core/protocol'
import { Countdown } from './countdown.ts'
import { encoded } from './encoded-frame.ts'
import type { Endpoint } from './endpoint.ts'
import type { Identity } from './endpoint-options.ts'
import { Heartbeat } from './heartbeat.ts'
import { Outbox } from './outbox.ts'
import { errorFrame, RequestError } from './request-error.ts'
import { Session } from './session.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Transport } from './transport.ts'

/** One client: its frames in, its frames out, and how it ends. */
export class Connection {
  readonly #endpoint: Endpoint
  readonly #transport: Transport
  readonly #request: unknown
  readonly #gone: () => void
  readonly #outbox: Outbox
  readonly #heartbeat: Heartbeat
  readonly #bucket: TokenBucket
  /** Until the session begins: for a `hello`. From then on: for the end of its credentials. */
  readonly #countdown: Countdown
  #greeted = false
  #session: Session | undefined
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
      stalled: (reason) => this.#abandon(CloseCode.tooSlow, reason),
    })
    this.#heartbeat = new Heartbeat({
      clock,
      pingMs,
      ping: () => this.#send({ type: 'ping' }),
      gone: () => this.#abandon(CloseCode.silent, 'nothing was heard for too long'),
    })
    this.#bucket = new TokenBucket(clock, limits.requestsPerSecond, limits.requestBurst)
    this.#countdown = new Countdown(clock, () => this.#late())
    this.#countdown.start(helloMs)
  }

  /** Takes one message. */
  receive(message: string | Uint8Array): void {
    if (this.#closed) return
    this.#heartbeat.heard()
    const { messageBytes } = this.#endpoint.options.limits
    if (message.length > messageBytes || Buffer.byteLength(message) > messageBytes) {
      return this.close(CloseCode.messageTooLarge, `a message is larger than ${messageBytes} bytes`)
    }
    for (const frame of parseClientFrames(message)) {
      this.#take(frame)
      // What a frame does may end the connection.
      if (this.#hasEnded()) return
    }
  }

  /** Says why, and ends; safe to call again. */
  close(code: number, reason: string): void {
    if (this.#closed) return
    this.#end()
    this.#transport.close(code, reason)
  }

  /** The other end is gone: what belongs to it goes too. */
  disconnected(): void {
    if (!this.#closed) this.#end()
  }

  /** Ends it now, whatever the other end does. */
  terminate(): void {
    this.disconnected()
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
    if (this.#session) return this.#takeInSession(this.#session, frame)
    if (!this.#greeted && frame.ok && frame.value.type === 'hello') {
      this.#greeted = true
      void this.#begin(frame.value)
      return
    }
    const reason = this.#greeted ? 'requests come after welcome' : 'the first frame is not a hello'
    this.close(CloseCode.helloExpected, reason)
  }

  async #begin(hello: HelloFrame): Promise<void> {
    const { authenticate, clock } = this.#endpoint.options
    try {
      const identity = await authenticate({
        token: hello.token,
        client: hello.client,
        request: this.#request,
      })
      if (this.#closed) return
      if (!isIdentity(identity))
        return this.close(CloseCode.credentialsRefused, 'the credentials were refused')

      const { expiresAt } = identity
      if (expiresAt !== undefined && expiresAt <= clock.now()) {
        return this.close(CloseCode.credentialsExpired, 'the credentials ran out')
      }
      this.#countdown.stop()
      if (expiresAt !== undefined) this.#countdown.start(expiresAt - clock.now())
      this.#welcome(identity)
    } catch (error) {
      this.#refuse(error)
    }
  }

  #welcome(identity: Identity<unknown>): void {
    const { clock, limits, pingMs } = this.#endpoint.options
    const session = createKey()
    this.#session = new Session({
      endpoint: this.#endpoint,
      identity,
      outbox: this.#outbox,
      onError: (error) => this.#endpoint.options.onError(error, this.#request),
      send: (frame) => this.#send(frame),
    })
    this.#heartbeat.start()
    this.#send({
      type: 'welcome',
      session,
      user: identity.userId,
      now: clock.now(),
      pingMs,
      limits,
      stores: this.#endpoint.revisions,
    })
  }

  /** An error that says it is the server's own leaves the credentials undecided: the client comes again. */
  #refuse(error: unknown): void {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
    if (typeof status !== 'number' || status < 500) {
      return this.close(CloseCode.credentialsRefused, 'the credentials were refused')
    }
    this.#endpoint.options.onError(error, this.#request)
    this.close(CloseCode.credentialsExpired, 'the credentials could not be checked')
  }

  #late(): void {
    if (this.#session) this.close(CloseCode.credentialsExpired, 'the credentials ran out')
    else this.close(CloseCode.helloLate, 'no session began in time')
  }

  #takeInSession(session: Session, frame: Result<ClientFrame, FrameFault>): void {
    const request = frame.ok ? frame.value : undefined
    if (request?.type === 'pong') return
    if (request?.type === 'hello') return this.close(CloseCode.helloRepeated, 'the session has begun already')

    const waitMs = this.#bucket.take()
    if (this.#bucket.isFlooded) return this.close(CloseCode.flooded, 'far too many requests')

    const fault = frame.ok ? undefined : frame.error
    if (waitMs > 0) {
      const { requestsPerSecond } = this.#endpoint.options.limits
      const message = `more than ${requestsPerSecond} requests a second`
      return this.#fail(request?.id ?? fault?.id, new RequestError('RATE_LIMITED', message, waitMs))
    }
    if (fault) return this.#fail(fault.id, new RequestError(fault.code, fault.message))
    if (request) session.take(request)
  }

  #fail(id: number | undefined, error: RequestError): void {
    this.#send(errorFrame(error, id))
  }

  #send(frame: ServerFrame): void {
    this.#outbox.push(encoded(frame))
  }

  #end(): void {
    this.#closed = true
    this.#countdown.stop()
    this.#heartbeat.stop()
    this.#session?.end()
    this.#outbox.close()
    this.#gone()
  }
}

// JavaScript answers `null`, `false` or a user without an id as readily.
function isIdentity(answer: unknown): answer is Identity<unknown> {
  return (
    typeof answer === 'object' && answer !== null && 'userId' in answer && typeof answer.userId === 'string'
  )
}
