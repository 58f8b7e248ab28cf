import { isKey } from '@livestore-kv/core'
import type { RequestFrame, RequestType, ServerFrame } from '@livestore-kv/core/protocol'
import { encoded } from '../connections/encoded-frame.ts'
import type { Outbox } from '../connections/outbox.ts'
import { asRequestError, errorFrame, RequestError } from '../request-error.ts'
import type { Settlement } from '../sessions/outcome.ts'
import type { Session } from '../sessions/session.ts'
import { readyFor } from './handlers.ts'
import { Reply } from './reply.ts'
import type { Enter } from './request-handler.ts'

interface Pending {
  readonly type: RequestType
  readonly abort: AbortController
  /** Milliseconds since 1970, where somebody measures. */
  readonly startedAt: number | undefined
}

const FAILED = 'the server failed'

/** What only its own connection waits for: it is given up with the connection. */
const GIVEN_UP: ReadonlySet<RequestType> = new Set(['acquire', 'watch', 'watchStore'])

/** What is answered in one breath with what is told next: that waits for room in the outbox, and not the answer alone. */
const JOINING: ReadonlySet<RequestType> = new Set(['fetch', 'watch', 'watchStore'])

/** The requests of one connection and their answers. Their ids mean nothing beyond it. */
export class Conversation {
  readonly #session: Session
  readonly #outbox: Outbox
  readonly #pending = new Map<number, Pending>()
  #ended = false

  constructor(session: Session, outbox: Outbox) {
    this.#session = session
    this.#outbox = outbox
  }

  /** Has one request carried out, in its turn. */
  take(sent: RequestFrame): void {
    const request = withStoredKey(sent)
    const { id, type } = request
    if (this.#pending.has(id)) {
      return this.#send(
        errorFrame(new RequestError('DUPLICATE_ID', `request ${id} is not answered yet`), undefined),
      )
    }
    // Before its turn, so that it can take back a request that waits for its own.
    if (type === 'cancel') {
      return this.#send({ type: 'answer', id, result: { cancelled: this.#cancel(request.request) } })
    }
    try {
      this.#assertRoom(this.#pending.size)
      const mid = midOf(request)
      if (mid === undefined) this.#takeAnew(request)
      else this.#takeOnce(request, mid)
    } catch (error) {
      this.#settle(id, this.#failed(error))
    }
  }

  /** Nobody waits for answers any more; mutations and numbered requests are carried out all the same. */
  end(): void {
    this.#ended = true
    for (const { type, abort } of this.#pending.values()) {
      if (GIVEN_UP.has(type)) abort.abort(new RequestError('CANCELLED', 'the connection ended'))
    }
    this.#pending.clear()
  }

  #takeAnew(request: RequestFrame): void {
    const { id, type } = request
    this.#assertRoom(this.#session.underWay)
    const abort = new AbortController()
    this.#pending.set(id, { type, abort, startedAt: this.#now() })
    this.#run(request, abort.signal, (settlement) => this.#tell(id, settlement))
  }

  /** A numbered request that the session had already is not run again: whoever asks gets what became of it. */
  #takeOnce(request: RequestFrame, mid: number): void {
    const { outcomes, underWay } = this.#session
    const { id, type } = request
    const known = outcomes.find(mid)
    if (!known) this.#assertRoom(underWay)
    const outcome = known ?? outcomes.open(mid)
    this.#pending.set(id, { type, abort: outcome.abort, startedAt: this.#now() })
    outcome.tell((settlement) => this.#tell(id, settlement))
    if (!known) this.#run(request, outcome.abort.signal, (settlement) => outcome.settle(settlement))
  }

  /** @throws RequestError `TOO_MANY_PENDING` */
  #assertRoom(count: number): void {
    const { pending } = this.#session.endpoint.options.limits
    if (count >= pending)
      throw new RequestError('TOO_MANY_PENDING', `${pending} requests wait for their answers`)
  }

  #run(request: RequestFrame, signal: AbortSignal, settle: (settlement: Settlement) => void): void {
    const session = this.#session
    const fail = (error: unknown): void => settle(this.#failed(error))
    const over = (): void => void session.underWay--
    session.underWay++
    session.inTurn(async () => {
      try {
        const enter = await this.#ready(request, signal)
        if (session.hasEnded || (this.#ended && !outlives(request))) session.endpoint.tally.drop('unanswered')
        else {
          signal.throwIfAborted()
          const outcome = enter(new Reply(settle))
          // The next one does not wait for it.
          if (outcome) return void outcome.catch(fail).then(over)
        }
      } catch (error) {
        fail(error)
      }
      over()
    })
  }

  /** What the application throws while it is asked is its own affair, even where a store of its own threw it. */
  async #ready(request: RequestFrame, signal: AbortSignal): Promise<Enter<RequestType>> {
    try {
      return await readyFor({ session: this.#session, request, signal })
    } catch (error) {
      if (error instanceof RequestError) throw error
      this.#session.onError(error)
      throw new RequestError('INTERNAL', FAILED)
    }
  }

  #cancel(id: number): boolean {
    const pending = this.#pending.get(id)
    pending?.abort.abort(new RequestError('CANCELLED', `request ${id} was cancelled`))
    return pending !== undefined
  }

  /** Settles a request as soon as its answer has room: it may be as large as an entry. */
  #tell(id: number, settlement: Settlement): void {
    const pending = this.#pending.get(id)
    if (pending === undefined || JOINING.has(pending.type)) return this.#settle(id, settlement)
    void this.#outbox.whenRoom(() => this.#settleAnyhow(id, settlement))
  }

  #send(frame: ServerFrame): void {
    this.#outbox.push(encoded(frame))
  }

  #settle(id: number, settlement: Settlement): void {
    const { tally, meter } = this.#session.endpoint
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#ended) return tally.drop('unanswered')
    const frame = settlement(id)
    this.#send(frame)
    meter?.request(pending?.type, frame, pending?.startedAt)
  }

  #now(): number | undefined {
    const { meter, options } = this.#session.endpoint
    return meter && options.clock.now()
  }

  /** An outcome stands, though JSON cannot hold it: that is the server's failure. What only its answer gives is given up. */
  #settleAnyhow(id: number, settlement: Settlement): void {
    const pending = this.#pending.get(id)
    try {
      this.#settle(id, settlement)
    } catch (error) {
      pending?.abort.abort(error)
      this.#settle(id, this.#failed(error))
    }
  }

  #failed(error: unknown): Settlement {
    const known = asRequestError(error)
    if (known === undefined) this.#session.onError(error)
    return failure(known ?? new RequestError('INTERNAL', FAILED))
  }
}

/** The application is asked about a key in the one form that is stored, however it was written. */
function withStoredKey(request: RequestFrame): RequestFrame {
  if (!('key' in request) || !isKey(request.key)) return request
  return { ...request, key: request.key.toLowerCase() }
}

/** Names a request that is run once, however often it is sent. */
function midOf(request: RequestFrame): number | undefined {
  return 'mid' in request ? request.mid : undefined
}

/** Whether a request is carried out though the connection that it came by has ended. */
function outlives(request: RequestFrame): boolean {
  return request.type === 'mutate' || midOf(request) !== undefined
}

function failure(error: RequestError): Settlement {
  return (id) => errorFrame(error, id)
}
