import { ClientError } from '../client-error.ts'
import type { Session } from '../session/session.ts'

/** What this session is to show in a place. */
interface Wanted {
  readonly state: unknown
}

/** These say nothing about the place: what was wanted is asked for again when there is a connection. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['OFFLINE', 'CONNECTION_ENDED', 'CLIENT_CLOSED'])

/** Whether this session is to be in one place, and asks the server until that is so: one request at a time, the newest state next. */
export class Attendance {
  readonly #session: Session
  readonly #place: { readonly store: string; readonly key: string }
  readonly #settled: (error: ClientError | undefined) => void
  #wanted: Wanted | undefined
  /** What the server said yes to last. */
  #granted: Wanted | undefined
  #asking: Promise<void> | undefined

  /** `settled` hears of each outcome. */
  constructor(
    session: Session,
    place: { readonly store: string; readonly key: string },
    settled: (error: ClientError | undefined) => void,
  ) {
    this.#session = session
    this.#place = place
    this.#settled = settled
  }

  /** Settles when the server has said yes to this, or to what was wanted instead since. */
  want(wanted: Wanted | undefined): Promise<void> {
    this.#wanted = wanted
    return this.#ask()
  }

  /** There is a connection again. */
  resume(): void {
    // Whoever wanted it was told, or still is to be.
    this.#ask().catch(() => undefined)
  }

  /** The server does not know us there. */
  forgotten(): void {
    this.#granted = undefined
    this.resume()
  }

  #ask(): Promise<void> {
    if (this.#asking) return this.#asking
    if (this.#wanted === this.#granted) return Promise.resolve()
    this.#asking = this.#askAll()
    return this.#asking
  }

  async #askAll(): Promise<void> {
    try {
      while (this.#wanted !== this.#granted) await this.#askOnce(this.#wanted)
    } finally {
      // In the tick of the last look: what is wanted from now on is asked anew.
      this.#asking = undefined
    }
  }

  async #askOnce(wanted: Wanted | undefined): Promise<void> {
    try {
      await this.#request(wanted)
      this.#granted = wanted
      this.#settled(undefined)
    } catch (error) {
      if (this.#wanted !== wanted) return
      if (!(error instanceof ClientError && OF_THE_CONNECTION.has(error.code))) this.#wanted = this.#granted
      if (error instanceof ClientError) this.#settled(error)
      throw error
    }
  }

  async #request(wanted: Wanted | undefined): Promise<void> {
    // Each may be carried out twice: the second time changes nothing.
    const options = { onLoss: 'resend' } as const
    if (wanted) await this.#session.answerTo('enter', { ...this.#place, ...wanted }, options)
    else await this.#session.answerTo('leave', this.#place, options)
  }
}
