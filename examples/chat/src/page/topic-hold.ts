import { topic } from '../definitions.ts'
import type { Connection } from './connection.ts'

/** How long the topic shall stay ours unless the hold is renewed; the server may grant less. */
const LEASE_MS = 15_000

/** Holds a room's topic while its moderator edits it; whoever stops writing loses it when the lease ends. */
export class TopicHold {
  readonly #connection: Connection
  readonly #room: string
  #token: number | undefined
  /** The request for the topic that is under way: a second one would wait for the first. */
  #taking: Promise<number> | undefined
  /** A hold of which two thirds are left needs no renewal. By the server's clock. */
  #renewAt = 0

  constructor(connection: Connection, room: string) {
    this.#connection = connection
    this.#room = room
  }

  get isHeld(): boolean {
    return this.#token !== undefined
  }

  /**
   * Takes the topic, and answers the token that changes of it need.
   *
   * @throws RequestError `WAIT_TIMEOUT` if somebody else holds it.
   */
  async take(): Promise<number> {
    if (this.#token !== undefined) return this.#token
    this.#taking ??= this.#acquire().finally(() => (this.#taking = undefined))
    return this.#taking
  }

  /** Somebody is writing: keeps the hold, and takes it again if it was lost. */
  async keep(): Promise<void> {
    const token = await this.take()
    if (this.#connection.now() < this.#renewAt) return
    const { expiresAt } = await this.#connection.request('renew', {
      ...this.#entry,
      token,
      leaseMs: LEASE_MS,
    })
    this.#lent(expiresAt)
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

  async #acquire(): Promise<number> {
    const wish = { ...this.#entry, leaseMs: LEASE_MS, timeoutMs: 500 }
    const { token, expiresAt } = await this.#connection.request('acquire', wish)
    this.#token = token
    this.#lent(expiresAt)
    return token
  }

  #lent(expiresAt: number): void {
    const now = this.#connection.now()
    this.#renewAt = now + (expiresAt - now) / 3
  }

  get #entry(): { readonly store: string; readonly key: string } {
    return { store: topic.name, key: this.#room }
  }
}
