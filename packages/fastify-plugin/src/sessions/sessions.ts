import { CloseCode } from '@livestore-kv/core/protocol'
import { Countdown } from '../countdown.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Identity } from '../options/endpoint-options.ts'
import { Session } from './session.ts'

/** The sessions of an endpoint: those that a client is connected to, and those that wait for theirs to come back. */
export class Sessions implements Iterable<Session> {
  readonly #endpoint: Endpoint
  readonly #byId = new Map<string, Session>()
  /** Those that wait, the longest first, and the end of their grace. */
  readonly #resting = new Map<Session, Countdown>()

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  /** How many wait for their client. */
  get restingCount(): number {
    return this.#resting.size
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id)
  }

  open(identity: Identity<unknown>): Session {
    const session = new Session(this.#endpoint, identity)
    this.#byId.set(session.id, session)
    this.#endpoint.meter?.sessions(1)
    return session
  }

  /**
   * The session `id`, if it is that user's; whatever connection it still has is closed. Of the session of somebody
   * else it tells no more than of one that there never was.
   */
  resume(id: string, { userId }: Identity<unknown>): Session | undefined {
    const session = this.#byId.get(id)
    if (session?.identity.userId !== userId) return undefined
    this.#wake(session)
    const { link } = session
    if (link) {
      session.detach()
      link.close(CloseCode.sessionTaken, 'the session went on in another connection')
    }
    return session
  }

  /** Whether the session `id`, of that user, has gone on by a newer connection than that of `attempt`. */
  isPast(id: string, { userId }: Identity<unknown>, attempt: number): boolean {
    const session = this.#byId.get(id)
    return session?.identity.userId === userId && attempt <= session.attempt
  }

  /** Keeps `session` for its grace, or for as long as there are not too many others. */
  rest(session: Session): void {
    const { clock, graceMs, restingSessions } = this.#endpoint.options
    session.detach()
    const grace = new Countdown(clock, () => this.end(session))
    this.#resting.set(session, grace)
    grace.start(graceMs)
    const [longest] = this.#resting.keys()
    if (longest && this.#resting.size > restingSessions) this.end(longest)
  }

  /** Ends `session`, and what belongs to it. */
  end(session: Session, leaves?: 'now' | 'soon'): void {
    this.#wake(session)
    if (this.#byId.delete(session.id)) this.#endpoint.meter?.sessions(-1)
    session.end(leaves)
  }

  /** Ends `session` on behalf of the application, and says so to its client. */
  revoke(session: Session): void {
    const { link } = session
    // First: it does not wait for its client, in the place of somebody who does.
    this.end(session)
    link?.close(CloseCode.revoked, 'the application ended the session')
  }

  /** Ends them all. */
  close(): void {
    for (const session of this) this.end(session)
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#byId.values()
  }

  #wake(session: Session): void {
    this.#resting.get(session)?.stop()
    this.#resting.delete(session)
  }
}
