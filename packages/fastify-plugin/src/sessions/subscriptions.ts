import type { TopicPosition } from '@livestore-kv/core/protocol'
import type { Outbox } from '../connections/outbox.ts'
import type { ListingSubscription } from '../listings/listing-subscription.ts'
import type { Meter } from '../metrics/meter.ts'
import { RequestError } from '../request-error.ts'
import { EntrySubscription } from '../topics/entry-subscription.ts'

export type Subscription = EntrySubscription | ListingSubscription

/** The subscriptions of one session, by the number of their topic. */
export class Subscriptions implements Iterable<Subscription> {
  readonly #limit: number
  readonly #byTopic = new Map<number, Subscription>()

  readonly #meter: Meter | undefined

  constructor(limit: number, meter: Meter | undefined) {
    this.#limit = limit
    this.#meter = meter
  }

  get size(): number {
    return this.#byTopic.size
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
    this.#count(1, subscription)
  }

  /** Forgets it; whether there was one. */
  delete(topic: number): boolean {
    const subscription = this.#byTopic.get(topic)
    if (subscription === undefined) return false
    this.#byTopic.delete(topic)
    this.#count(-1, subscription)
    return true
  }

  /** Ends `subscription`, and does not say so. */
  end(subscription: Subscription): void {
    if (this.#forget(subscription)) subscription.close()
  }

  /** Ends `subscription`, because its user may watch no more. */
  revoke(subscription: Subscription): void {
    if (this.#forget(subscription)) subscription.revoke()
  }

  /** Ends what is subscribed to the entry, and answers how much that was. */
  revokeEntry(store: string, key: string): number {
    let count = 0
    for (const subscription of this) {
      if (subscription.store !== store) continue
      if (!(subscription instanceof EntrySubscription)) subscription.askAgain()
      else if (subscription.entry.key === key) {
        this.revoke(subscription)
        count++
      }
    }
    return count
  }

  /** The client is away. */
  rest(): void {
    for (const subscription of this) subscription.rest()
  }

  /** Ends all but those that can go on from one of `positions`; answers these. */
  keep(positions: readonly TopicPosition[]): readonly TopicPosition[] {
    const known = new Map(positions.map(({ topic, seq }) => [topic, seq]))
    for (const subscription of this) {
      const seq = known.get(subscription.number)
      if (seq !== undefined && subscription.canResume(seq)) continue
      this.delete(subscription.number)
      subscription.close()
    }
    return [...known].filter(([topic]) => this.#byTopic.has(topic)).map(([topic, seq]) => ({ topic, seq }))
  }

  /** Tells `outbox` what was missed since `positions`, and goes on from there. */
  resume(positions: readonly TopicPosition[], outbox: Outbox): void {
    for (const { topic, seq } of positions) this.#byTopic.get(topic)?.resume(outbox, seq)
  }

  /** Ends them all. */
  close(): void {
    const subscriptions = [...this]
    this.#byTopic.clear()
    for (const subscription of subscriptions) {
      this.#count(-1, subscription)
      subscription.close()
    }
  }

  [Symbol.iterator](): IterableIterator<Subscription> {
    return this.#byTopic.values()
  }

  /** By now there may be another one to the same topic. */
  #forget(subscription: Subscription): boolean {
    return this.get(subscription.number) === subscription && this.delete(subscription.number)
  }

  #count(value: 1 | -1, subscription: Subscription): void {
    const what = subscription instanceof EntrySubscription ? 'entry' : 'listing'
    this.#meter?.subscriptions(value, subscription.store, what)
  }
}
