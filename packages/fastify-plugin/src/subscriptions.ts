import type { EntrySubscription } from './entry-subscription.ts'
import type { ListingSubscription } from './listing-subscription.ts'
import { RequestError } from './request-error.ts'

type Subscription = EntrySubscription | ListingSubscription

/** The subscriptions of one connection, by the number of their topic. */
export class Subscriptions {
  readonly #limit: number
  readonly #byTopic = new Map<number, Subscription>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(topic: number): Subscription | undefined {
    return this.#byTopic.get(topic)
  }

  /** @throws RequestError `TOO_MANY_SUBSCRIPTIONS` */
  assertRoom(): void {
    if (this.#byTopic.size < this.#limit) return
    throw new RequestError(
      'TOO_MANY_SUBSCRIPTIONS',
      `this connection has ${this.#limit} subscriptions already`,
    )
  }

  add(subscription: Subscription): void {
    this.#byTopic.set(subscription.number, subscription)
  }

  /** Forgets it. */
  delete(topic: number): void {
    this.#byTopic.delete(topic)
  }

  /** Ends them all. */
  close(): void {
    const subscriptions = [...this.#byTopic.values()]
    this.#byTopic.clear()
    for (const subscription of subscriptions) subscription.close()
  }
}
