import { topic } from '../definitions.ts'
import type { Connection } from './connection.ts'

/** How long the topic stays ours unless the hold is renewed. */
const LEASE_MS = 15_000
const RENEW_EVERY_MS = 5_000

/** Holds a room's topic while its moderator edits it; whoever stops writing loses it when the lease ends. */
export class TopicHold {
  readonly #connection: Connection
  readonly #room: string
  #token: number | undefined
  #renewedAt = -Infinity

  constructor(connection: Connection, room: string) {
    this.#connection = connection
    this.#room = room
  }

  /** What changes of the topic need; `undefined` while we do not hold it. */
  get token(): number | undefined {
    return this.#token
  }

  /** @throws RequestError `WAIT_TIMEOUT` if somebody else holds it. */
  async take(): Promise<void> {
    if (this.#token !== undefined) return
    const { token } = await this.#connection.request('acquire', {
      ...this.#entry,
      leaseMs: LEASE_MS,
      timeoutMs: 500,
    })
    this.#token = token
    this.#renewedAt = Date.now()
  }

  /** Somebody is writing: keeps the hold, and takes it again if it was lost. */
  async keep(): Promise<void> {
    if (this.#token === undefined) return this.take()
    if (Date.now() - this.#renewedAt < RENEW_EVERY_MS) return
    this.#renewedAt = Date.now()
    await this.#connection.request('renew', { ...this.#entry, token: this.#token, leaseMs: LEASE_MS })
  }

  async release(): Promise<void> {
    const token = this.#token
    this.#token = undefined
    if (token !== undefined) await this.#connection.request('release', { ...this.#entry, token })
  }

  /** The lease has ended, or the connection that it belonged to. */
  lose(): void {
    this.#token = undefined
  }

  get #entry(): { readonly store: string; readonly key: string } {
    return { store: topic.name, key: this.#room }
  }
}
