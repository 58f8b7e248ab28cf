import { createKey } from '@livestore-kv/core'
import type { Endpoint } from './endpoint.ts'
import type { Action, Identity } from './endpoint-options.ts'
import { EntrySubscription } from './entry-subscription.ts'
import { Guards } from './guards.ts'
import type { Link } from './link.ts'
import { Outcomes } from './outcomes.ts'
import { Subscriptions } from './subscriptions.ts'

/** What one authenticated client holds, watches and has asked for, from one connection to the next. */
export class Session {
  readonly id = createKey()
  readonly endpoint: Endpoint
  readonly guards: Guards
  readonly subscriptions: Subscriptions
  readonly outcomes: Outcomes
  #identity: Identity<unknown>
  #link: Link | undefined
  /** Settles when the newest request has entered its mailbox. */
  #turn: Promise<void> = Promise.resolve()
  #ended = false

  constructor(endpoint: Endpoint, identity: Identity<unknown>) {
    const { limits } = endpoint.options
    this.endpoint = endpoint
    this.#identity = identity
    this.guards = new Guards((error) => this.onError(error))
    this.subscriptions = new Subscriptions(limits.subscriptions)
    this.outcomes = new Outcomes(limits.outcomes)
  }

  /** Whose it is; fresh credentials may say more about the same user. */
  get identity(): Identity<unknown> {
    return this.#identity
  }

  /** `undefined` while the client is away. */
  get link(): Link | undefined {
    return this.#link
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** Goes through `link` from now on, on behalf of the same user. */
  attach(link: Link, identity: Identity<unknown>): void {
    this.#link = link
    this.#identity = identity
  }

  /** The client is away: what it watches is remembered, as far as that goes. */
  detach(): void {
    this.#link = undefined
    this.subscriptions.rest()
  }

  /** Goes on with fresh credentials of the same user; `undefined` if it cannot. */
  async refresh(token: string): Promise<Identity<unknown> | undefined> {
    const identity = await this.#link?.authenticate(token)
    if (identity === undefined) return undefined
    this.#identity = identity
    await this.review()
    return identity
  }

  /** Asks the application again about everything that the session watches and holds, and ends what it does not allow. */
  async review(): Promise<void> {
    for (const subscription of this.subscriptions) {
      const isEntry = subscription instanceof EntrySubscription
      if (!isEntry) subscription.askAgain()
      const allowed = isEntry
        ? await this.#may('watch', subscription.entry.store, subscription.entry.key)
        : await this.#may('watchStore', subscription.store)
      if (!allowed) this.subscriptions.revoke(subscription)
    }
    for (const lock of this.guards.locks) {
      if (!(await this.#may('acquire', lock.store, lock.key))) this.guards.drop(lock)
    }
  }

  /**
   * Calls `enter` in its turn. Requests enter the mailboxes in the order of these calls, however long the application
   * takes to allow each; once one has entered, the next follows, and does not wait for its outcome.
   */
  inTurn(enter: () => Promise<void>): void {
    this.#turn = this.#turn.then(enter)
  }

  async #may(action: Action, store: string, key?: string): Promise<boolean> {
    const { user } = this.#identity
    try {
      const allowed = await this.endpoint.options.authorize({
        user,
        action,
        store,
        ...(key !== undefined && { key }),
      })
      return allowed === true
    } catch (error) {
      // What the application cannot decide is not allowed.
      this.onError(error)
      return false
    }
  }

  /** Receives what the client cannot be told. */
  onError(error: unknown): void {
    this.endpoint.options.onError(error, this.#link?.request)
  }

  /** Releases what the session holds and ends what it watches; changes that wait are still carried out. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#link = undefined
    this.subscriptions.close()
    this.guards.close()
  }
}
