import type { Clock, Result } from '@livestore-kv/core'
import type { RequestType, ServerFrame, WireLimits } from '@livestore-kv/core/protocol'
import { ClientError } from '../client-error.ts'
import { Pace } from './pace.ts'

/** What becomes of requests that cannot be sent at once. */
export interface QueueOptions {
  /**
   * Requests that may wait to be sent, for a connection or for the server's rate; further ones fail with `QUEUE_FULL`.
   *
   * @default 256
   */
  readonly capacity?: number
  /**
   * How long one may wait to be sent before it fails with `OFFLINE`, in milliseconds.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number
  /**
   * Whether requests wait for a connection, or fail with `OFFLINE` at once.
   *
   * @default 'wait'
   */
  readonly whileOffline?: 'wait' | 'refuse'
}

/** What becomes of a request whose connection is lost before its answer. */
export type LossPolicy =
  /** Sent again in the same session, which knows it by its `mid`; its outcome is unknown without that session. */
  | 'resume'
  /** Sent again: carrying it out twice is as good as once. */
  | 'resend'
  /** Nobody needs it any more; whoever asked asks again. It is the client's own, and does not count as waiting. */
  | 'drop'

/** A request, and who waits for its outcome: exactly one of the two is called, once. */
export interface QueuedRequest {
  readonly type: RequestType
  /** Its fields as JSON, encoded when it was asked for: what the caller changes later is not sent. */
  readonly body: string
  readonly onLoss: LossPolicy
  /** Whether it names a lock. */
  readonly hasLock?: boolean
  settle(outcome: Result<object, unknown>): unknown
  fail(error: unknown): void
}

/** A request with what the queue notes on it. */
interface Tracked extends QueuedRequest {
  /** Once it was sent; another one each time: the server may still be busy with the one before. */
  id?: number
  timer?: unknown
  /** Why nobody waits for it any more; `undefined` while somebody does. */
  givenUp?: unknown
}

/** The requests that have no outcome yet: those that wait to be sent, in order, and those that were sent. */
export class RequestQueue {
  readonly #options: Required<QueueOptions>
  readonly #clock: Clock
  #waiting = new Set<Tracked>()
  readonly #sent = new Map<number, Tracked>()
  #line:
    | { readonly limits: WireLimits; readonly pace: Pace; readonly send: (frame: string) => void }
    | undefined
  #paceTimer: unknown
  #lastId = 0

  constructor(options: Required<QueueOptions>, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  add(request: QueuedRequest): void {
    const { capacity, whileOffline } = this.#options
    if (isCallers(request)) {
      if (!this.#line && whileOffline === 'refuse') return request.fail(offline())
      if ([...this.#waiting].filter(isCallers).length >= capacity) {
        return request.fail(
          new ClientError('QUEUE_FULL', `${capacity} requests wait to be sent`, { retry: 'later' }),
        )
      }
    }
    this.#enqueue(request)
    this.#pump()
  }

  /** There is a session: what waits is sent through `send`, as fast as `limits` allow. */
  online(limits: WireLimits, resumed: boolean, send: (frame: string) => void): void {
    if (!resumed) this.#forgetSession()
    this.#line = { limits, pace: new Pace(this.#clock, limits), send }
    this.#pump()
  }

  /** The connection is lost. */
  offline(): void {
    this.#line = undefined
    this.#clock.clearTimeout(this.#paceTimer)
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const tracked of this.#sent.values()) {
      const { givenUp } = tracked
      // What nobody waits for may never have arrived, and is not carried out for having been sent again.
      if (isCallers(tracked) && givenUp === undefined) this.#enqueue(tracked)
      else this.#abandon(tracked, givenUp ?? offline())
    }
    this.#sent.clear()
    for (const tracked of waiting) {
      if (isCallers(tracked) && this.#options.whileOffline === 'wait') this.#waiting.add(tracked)
      else this.#abandon(tracked, offline())
    }
  }

  /** Settles the request that `frame` names. */
  settle(frame: ServerFrame<'answer' | 'refused' | 'error'>): void {
    const { id = 0 } = frame
    const request = this.#sent.get(id)
    if (!request) return
    this.#sent.delete(id)
    if (frame.type === 'error') {
      const error = new ClientError(frame.code, frame.message, frame)
      request.fail(frame.code === 'CANCELLED' ? (request.givenUp ?? error) : error)
    } else {
      const isAnswer = frame.type === 'answer'
      request.settle(isAnswer ? { ok: true, value: frame.result } : { ok: false, error: frame.error })
    }
    this.#pump()
  }

  /** Nobody waits for it any more. Answers its id if it was sent, and is the server's to give up. */
  cancel(tracked: Tracked, reason: unknown): number | undefined {
    const { id = 0 } = tracked
    if (this.#sent.has(id)) {
      tracked.givenUp = reason
      return id
    }
    this.#abandon(tracked, reason)
    return undefined
  }

  /** There will be no connection: fails everything. */
  end(error: ClientError): void {
    for (const tracked of [...this.#sent.values(), ...this.#waiting]) this.#abandon(tracked, error)
    this.#sent.clear()
  }

  #enqueue(tracked: Tracked): void {
    this.#waiting.add(tracked)
    if (!isCallers(tracked)) return
    tracked.timer = this.#clock.setTimeout(() => this.#abandon(tracked, offline()), this.#options.timeoutMs)
  }

  #pump(): void {
    for (;;) {
      const line = this.#line
      const [next] = this.#waiting
      // What waits for the server's answers makes room when it is answered.
      if (!line || !next || this.#sent.size >= line.limits.pending) return
      const { type, body } = next
      const id = ++this.#lastId
      const frame = `{"type":"${type}","id":${id},${body.slice(1)}`
      if (new TextEncoder().encode(frame).length > line.limits.messageBytes) {
        const message = `${type} is larger than ${line.limits.messageBytes} bytes`
        this.#abandon(next, new ClientError('MESSAGE_TOO_LARGE', message))
        continue
      }
      const waitMs = line.pace.take()
      this.#clock.clearTimeout(this.#paceTimer)
      if (waitMs > 0) {
        this.#paceTimer = this.#clock.setTimeout(() => this.#pump(), waitMs)
        return
      }
      this.#waiting.delete(next)
      this.#clock.clearTimeout(next.timer)
      next.id = id
      this.#sent.set(id, next)
      line.send(frame)
    }
  }

  /**
   * The server knows nothing of what was sent to it before, nor of any lock: if it has started anew, those that it grants
   * have the tokens of old ones.
   */
  #forgetSession(): void {
    for (const tracked of this.#waiting) {
      if (tracked.hasLock) this.#abandon(tracked, new ClientError('GUARD_RELEASED', 'the lock is over'))
      else if (mayBeCarriedOut(tracked)) this.#abandon(tracked, offline())
    }
  }

  /** Fails a request; one that may have been carried out says that it may. */
  #abandon(tracked: Tracked, error: unknown): void {
    this.#clock.clearTimeout(tracked.timer)
    this.#waiting.delete(tracked)
    if (!mayBeCarriedOut(tracked)) return tracked.fail(error)
    const message = `the connection was lost: ${tracked.type} may be carried out`
    tracked.fail(new ClientError('UNKNOWN_OUTCOME', message, { retry: 'resync', cause: error }))
  }
}

function isCallers({ onLoss }: QueuedRequest): boolean {
  return onLoss !== 'drop'
}

function mayBeCarriedOut({ id, onLoss }: Tracked): boolean {
  return id !== undefined && onLoss === 'resume'
}

function offline(): ClientError {
  return new ClientError('OFFLINE', 'there is no connection', { retry: 'later' })
}
