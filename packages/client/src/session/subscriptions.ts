import type { Clock } from '@livestore-kv/core'
import type { Answers, Requests, ServerFrame, TopicPosition, WireUpdate } from '@livestore-kv/core/protocol'
import { ClientError } from '../client-error.ts'
import type { RequestQueue } from './request-queue.ts'

type WatchType = 'watch' | 'watchStore'

/** Something that is watched over every reconnect. */
export interface Subscriber {
  readonly type: WatchType
  readonly fields: Requests[WatchType]
  /** Starts, or starts again, from a snapshot: an answer to its request. */
  start(snapshot: Answers['watch'] & Answers['watchStore']): void
  /** Takes what its topic tells; answers whether that ends it. */
  take(update: WireUpdate): 'goes on' | 'is over' | 'is broken'
  /** The connection is lost, and what is known may be old. */
  pause(): void
  /** The session goes on, and what was missed follows. */
  resume(): void
  /** It cannot be watched. */
  fail(error: ClientError): void
}

const AGAIN_MS = 1_000

interface Subscription {
  readonly subscriber: Subscriber
  /** `missing` = it is not watched: there is no such entry, or it failed. */
  state: 'idle' | 'asked' | 'watched' | 'missing'
  position?: { readonly topic: number; seq: number } | undefined
}

/** Who hears of what: each subscriber from a snapshot on, and from a new one, or where it was, at every connect. */
export class Subscriptions {
  readonly #queue: RequestQueue
  readonly #clock: Clock
  readonly #ended: () => ClientError | undefined
  readonly #all = new Map<Subscriber, Subscription>()
  #limit: number | undefined

  /** `ended` says why there will be no connection, where there will be none. */
  constructor(queue: RequestQueue, clock: Clock, ended: () => ClientError | undefined) {
    this.#queue = queue
    this.#clock = clock
    this.#ended = ended
  }

  /** How far each subscription got: what the next connection goes on from. */
  get positions(): TopicPosition[] {
    const nearest = new Map<number, number>()
    for (const { position } of this.#all.values()) {
      // Who is farther on leaves out what it has read.
      if (position)
        nearest.set(position.topic, Math.min(position.seq, nearest.get(position.topic) ?? Infinity))
    }
    return [...nearest].map(([topic, seq]) => ({ topic, seq }))
  }

  add(subscriber: Subscriber): void {
    const subscription: Subscription = { subscriber, state: 'idle' }
    this.#all.set(subscriber, subscription)
    this.#ask(subscription)
  }

  delete(subscriber: Subscriber): void {
    const subscription = this.#all.get(subscriber)
    this.#all.delete(subscriber)
    if (subscription?.position) this.#unwatch(subscriber, subscription.position.topic)
  }

  /** Asks for a new snapshot. */
  renew(subscriber: Subscriber): void {
    const subscription = this.#all.get(subscriber)
    if (subscription && subscription.state !== 'asked') this.#ask(subscription)
  }

  /** What has been told cannot be read, or nothing will be any more: starts again whatever is watched, or is to be. */
  renewAll(): void {
    for (const { state, subscriber } of this.#all.values()) if (state !== 'missing') this.renew(subscriber)
  }

  /** There is a session; `topics` go on from where they were. */
  online(limit: number, topics: readonly number[]): void {
    this.#limit = limit
    const wanted = this.positions.map(({ topic }) => topic)
    for (const topic of topics) {
      // It was given up after it was asked for.
      if (!wanted.includes(topic)) this.#request('unwatch', { topic })
    }
    for (const subscription of this.#all.values()) {
      if (subscription.position && topics.includes(subscription.position.topic)) {
        subscription.state = 'watched'
        subscription.subscriber.resume()
      } else {
        subscription.position = undefined
        this.#ask(subscription)
      }
    }
  }

  offline(): void {
    this.#limit = undefined
    for (const subscription of this.#all.values()) {
      // It waited for a new snapshot: what it has is not to be gone on from.
      if (subscription.state === 'asked') subscription.position = undefined
      if (subscription.state !== 'missing') subscription.state = 'idle'
      subscription.subscriber.pause()
    }
  }

  deliver({ topic, seq, update }: ServerFrame<'update'>): void {
    for (const subscription of this.#all.values()) {
      const { position } = subscription
      if (position?.topic !== topic || seq <= position.seq) continue
      const outcome = subscription.subscriber.take(update)
      position.seq = seq
      if (outcome === 'is broken') this.renew(subscription.subscriber)
      if (outcome !== 'is over') continue
      subscription.position = undefined
      subscription.state = 'missing'
    }
  }

  #ask(subscription: Subscription): void {
    const limit = this.#limit
    const end = this.#ended()
    const { subscriber } = subscription
    if (end) return subscriber.fail(end)
    if (limit === undefined) return
    if (subscription.position === undefined && this.#count() >= limit) {
      subscription.state = 'missing'
      const message = `${limit} subscriptions are allowed`
      return subscriber.fail(new ClientError('TOO_MANY_SUBSCRIPTIONS', message))
    }
    subscription.state = 'asked'
    this.#request(
      subscriber.type,
      subscriber.fields,
      (result) => {
        // The protocol answers both requests so, and each subscriber reads the fields of its own.
        const answer = result as Answers['watch'] & Answers['watchStore']
        if (!this.#all.has(subscriber)) return this.#unwatch(subscriber, answer.topic)
        subscription.state = 'watched'
        subscription.position = { topic: answer.topic, seq: answer.seq }
        subscriber.start(answer)
      },
      (error) => this.#failed(subscription, error),
    )
  }

  #failed(subscription: Subscription, error: ClientError): void {
    const { subscriber } = subscription
    // Every connect asks anew, so a lost connection is no answer.
    if (!this.#all.has(subscriber) || error.code === 'OFFLINE') return
    subscription.state = 'missing'
    if (error.retry === 'no') {
      subscription.position = undefined
      return subscriber.fail(error)
    }
    const again = (): void => {
      if (subscription.state === 'missing') this.renew(subscriber)
    }
    this.#clock.setTimeout(again, error.retryAfterMs ?? AGAIN_MS)
  }

  #request(
    type: WatchType | 'unwatch',
    fields: object,
    answer?: (result: object) => void,
    fail?: (error: ClientError) => void,
  ): void {
    this.#queue.add({
      type,
      body: JSON.stringify(fields),
      onLoss: 'drop',
      settle: (outcome) => outcome.ok && answer?.(outcome.value),
      // Nobody cancels it: whatever fails it is one of ours.
      fail: (error) => fail?.(error as ClientError),
    })
  }

  #count(): number {
    return [...this.#all.values()].filter(({ state }) => state !== 'idle' && state !== 'missing').length
  }

  /** Ends a subscription, unless somebody else watches the same, or is about to: the topic is theirs too. */
  #unwatch(subscriber: Subscriber, topic: number): void {
    const name = nameOf(subscriber)
    const isShared = [...this.#all.keys()].some((other) => nameOf(other) === name)
    if (isShared || this.#limit === undefined) return
    this.#request('unwatch', { topic })
  }
}

function nameOf({ type, fields }: Subscriber): string {
  return type + JSON.stringify(fields)
}
