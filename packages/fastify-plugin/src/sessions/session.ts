import { createKey } from '@livestore-kv/core'
import type { Link } from '../connections/link.ts'
import type { Endpoint } from '../endpoint.ts'
import type { AnyAuthorizeInput, Identity } from '../options/endpoint-options.ts'
import { Stays } from '../presence/stays.ts'
import { EntrySubscription } from '../topics/entry-subscription.ts'
import { Guards } from './guards.ts'
import { Outcomes } from './outcomes.ts'
import { Subscriptions } from './subscriptions.ts'
import type { Subscription } from './subscriptions.ts'

/** What one authenticated client holds, watches and has asked for, from one connection to the next. */
export class Session {
  readonly id = createKey()
  readonly endpoint: Endpoint
  readonly guards: Guards
  readonly subscriptions: Subscriptions
  readonly outcomes: Outcomes
  readonly stays: Stays
  #identity: Identity<unknown>
  #link: Link | undefined
  /** Settles when the newest request has entered its mailbox. */
  #turn: Promise<void> = Promise.resolve()
  /** How often the client went away. */
  #absences = 0
  #permits = 0
  #ended = false
  /** Which of the client's connections it went on by last. */
  attempt = 0
  /** Requests that have not been carried out, whichever connection they came by. */
  underWay = 0

  constructor(endpoint: Endpoint, identity: Identity<unknown>) {
    const { limits, budgetBytes } = endpoint.options
    this.endpoint = endpoint
    this.#identity = identity
    this.guards = new Guards((error) => this.onError(error))
    this.subscriptions = new Subscriptions(limits.subscriptions, endpoint.meter)
    this.outcomes = new Outcomes(limits.outcomes, budgetBytes)
    this.stays = new Stays(endpoint.places, identity.userId)
  }

  /** Whose it is; fresh credentials may say more about the same user. */
  get identity(): Identity<unknown> {
    return this.#identity
  }

  /** Grows whenever what the application has allowed may not be allowed any more. */
  get permits(): number {
    return this.#permits
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
    this.#permits++
    this.stays.wake()
    // It is not among those that go on, and the client watches again.
    for (const subscription of this.#outOfGroup()) this.subscriptions.end(subscription)
  }

  /** The client is away: what it watches is remembered, as far as that goes. */
  detach(): void {
    this.#link = undefined
    this.#absences++
    this.subscriptions.rest()
    this.stays.rest()
  }

  /** Goes on with fresh credentials of the same user, to be reviewed; `undefined` if it cannot. */
  async refresh(token: string): Promise<Identity<unknown> | undefined> {
    const identity = await this.#link?.authenticate(token)
    if (identity === undefined) return undefined
    this.#identity = identity
    this.#permits++
    // At once: the application is asked about the rest later, and what is told meanwhile is for others.
    for (const subscription of this.#outOfGroup()) this.subscriptions.revoke(subscription)
    return identity
  }

  /** Ends what is subscribed to the entry, and answers how much that was. */
  revokeEntry(store: string, key: string): number {
    this.#permits++
    return this.subscriptions.revokeEntry(store, key)
  }

  /**
   * Asks the application again about everything that the session watches, holds and is in, all at once, and ends what it
   * does not allow. It is over when the client is away: there is another review when it comes back.
   */
  async review(): Promise<void> {
    const absences = this.#absences
    const asked: Promise<void>[] = []
    const ask = async (what: Omit<AnyAuthorizeInput, 'user'>, end: () => void): Promise<void> => {
      const { permits } = this
      let allowed = await this.#may(what)
      // Fresh credentials may allow it; but they are asked about once, or whoever goes on sending some keeps everything.
      if (!allowed && permits !== this.permits) allowed = await this.#may(what)
      if (!allowed && absences === this.#absences) end()
    }
    for (const subscription of this.subscriptions) {
      if (!(subscription instanceof EntrySubscription)) subscription.askAgain()
      asked.push(ask(whatIs(subscription), () => this.subscriptions.revoke(subscription)))
    }
    for (const lock of this.guards.locks) {
      const { store, key } = lock
      asked.push(ask({ action: 'acquire', store, key }, () => this.guards.drop(lock)))
    }
    for (const stay of this.stays) {
      const { place, shown } = stay
      const { definition } = place.store
      const what = { action: 'enter', store: definition.name, key: place.key, state: shown?.state } as const
      asked.push(
        ask(what, () => {
          if (this.stays.get(place) === stay) void this.stays.leave(place)
        }),
      )
    }
    await Promise.all(asked)
  }

  /**
   * Calls `enter` in its turn. Requests enter the mailboxes in the order of these calls, however long the application
   * takes to allow each; once one has entered, the next follows, and does not wait for its outcome.
   */
  inTurn(enter: () => Promise<void>): void {
    this.#turn = this.#turn.then(enter)
  }

  /** Whether `subscription` is seen through a view by another group than the user belongs to now. */
  isOutOfGroup({ store, view }: Subscription): boolean {
    if (view === undefined) return false
    try {
      return this.endpoint.views.of(store, view.name, this.#identity.user).id !== view.id
    } catch {
      // It has been reported; nobody knows where the user belongs.
      return true
    }
  }

  #outOfGroup(): readonly Subscription[] {
    return [...this.subscriptions].filter((subscription) => this.isOutOfGroup(subscription))
  }

  async #may(what: Omit<AnyAuthorizeInput, 'user'>): Promise<boolean> {
    const { user } = this.#identity
    try {
      const allowed = await this.endpoint.options.authorize({ user, ...what })
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

  /**
   * Releases what the session holds and ends what it watches; changes that wait are still carried out. It leaves where
   * it is, at once or, where its page may just be loaded again, soon.
   */
  end(leaves: 'now' | 'soon' = 'now'): void {
    if (this.#ended) return
    this.#ended = true
    this.#link = undefined
    this.subscriptions.close()
    this.guards.close()
    if (leaves === 'soon') return this.endpoint.places.linger(this.stays)
    this.stays.wake()
    this.stays.leaveAll()
  }
}

/** What its user wants who has `subscription`. */
function whatIs(subscription: Subscription): Omit<AnyAuthorizeInput, 'user'> {
  const { store, view } = subscription
  const what = { store, ...(view && { view: view.name }) }
  return subscription instanceof EntrySubscription
    ? { ...what, action: 'watch', key: subscription.entry.key }
    : { ...what, action: 'watchStore' }
}
