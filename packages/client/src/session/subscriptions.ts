import type { Clock } from '@livestore-kv/core'
import type { Answers, Requests, ServerFrame, TopicPosition, WireUpdate } from '@livestore-kv/core/protocol'
import type { ClientError } from '../client-error.ts'
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
  /** What is known may be old: the connection is lost, or `error` says why it is not told now. It is asked for again. */
  pause(error?: ClientError): void
  /** The session goes on, and what was missed follows. */
  resume(): void
  /** It cannot be watched. */
  fail(error: ClientError): void
}

const AGAIN_MS = 1_000

/** One subscription of the session, however many share it: they are told the same. */
interface Subscription {
  /** Who began it, whose request is that of all. */
  readonly first: Subscriber
  /** Those who share it, and whether each has been given a snapshot. */
  readonly subscribers: Map<Subscriber, boolean>
  /** `idle` = it is to be asked for; `missing` = it is not watched: there is no such entry, or it failed. */
  state: 'idle' | 'asked' | 'watched' | 'missing'
  position?: { readonly topic: number; seq: number } | undefined
  /** Why it is not watched now, as its subscribers were told. */
  error?: ClientError | undefined
  /** When it is asked for again. */
  timer?: unknown
}

/** Who hears of what: each subscriber from a snapshot on, and from a new one, or where it was, at every connect. */
export class Subscriptions {
  readonly #queue: RequestQueue
  readonly #clock: Clock
  readonly #ended: () => ClientError | undefined
  readonly #all = new Set<Subscription>()
  #isOnline = false

  /** `ended` says why there will be no connection, where there will be none. */
  constructor(queue: RequestQueue, clock: Clock, ended: () => ClientError | undefined) {
    this.#queue = queue
    this.#clock = clock
    this.#ended = ended
  }

  /** How far each subscription got: what the next connection goes on from. */
  get positions(): TopicPosition[] {
    return [...this.#all].flatMap(({ position }) => position ?? [])
  }

  /** Starts `subscriber`, or asks for a new snapshot for it. */
  add(subscriber: Subscriber): void {
    const name = nameOf(subscriber)
    const subscription: Subscription = [...this.#all].find(({ first }) => nameOf(first) === name) ?? {
      first: subscriber,
      subscribers: new Map(),
      state: 'idle',
    }
    this.#all.add(subscription)
    subscription.subscribers.set(subscriber, false)
    if (subscription.error) subscriber.pause(subscription.error)
    this.#ask(subscription)
  }

  delete(subscriber: Subscriber): void {
    for (const subscription of this.#all)
      if (subscription.subscribers.delete(subscriber)) this.#tidy(subscription)
  }

  /** What has been told cannot be read, or nothing will be any more: starts again whatever is watched, or is to be. */
  renewAll(): void {
    for (const subscription of this.#all) if (subscription.state !== 'missing') this.#ask(subscription)
  }

  /** There is a session; `topics` go on from where they were. */
  online(topics: readonly number[]): void {
    this.#isOnline = true
    // What was given up after it was asked for.
    for (const topic of topics) this.#unwatch(topic)
    for (const subscription of this.#all) {
      if (subscription.position && topics.includes(subscription.position.topic)) {
        subscription.state = 'watched'
        subscription.subscribers.forEach((_, subscriber) => subscriber.resume())
      } else {
        subscription.position = undefined
        this.#ask(subscription)
      }
    }
  }

  offline(): void {
    this.#isOnline = false
    for (const subscription of this.#all) {
      // It waited for a new snapshot: what it has is not to be gone on from.
      if (subscription.state !== 'watched') subscription.position = undefined
      if (subscription.state !== 'missing') subscription.state = 'idle'
      this.#clock.clearTimeout(subscription.timer)
      subscription.subscribers.forEach((_, subscriber) => subscriber.pause())
      this.#tidy(subscription)
    }
  }

  deliver({ topic, seq, update }: ServerFrame<'update'>): void {
    for (const subscription of this.#all) {
      const { position } = subscription
      if (position?.topic !== topic || seq <= position.seq) continue
      position.seq = seq
      for (const [subscriber, isStarted] of subscription.subscribers) {
        // Its snapshot is still to come, and holds this.
        if (!isStarted) continue
        const outcome = subscriber.take(update)
        // What is asked for, or is to be again, says all there is to say.
        if (outcome === 'goes on' || subscription.state !== 'watched') continue
        if (outcome === 'is broken') this.#ask(subscription)
        else {
          subscription.position = undefined
          subscription.state = 'missing'
        }
      }
    }
  }

  #ask(subscription: Subscription): void {
    if (subscription.state === 'asked') return
    const end = this.#ended()
    if (end) return this.#failed(subscription, end)
    if (!this.#isOnline) {
      // Somebody needs a snapshot, whatever is known.
      subscription.position = undefined
      return
    }
    this.#clock.clearTimeout(subscription.timer)
    subscription.state = 'asked'
    const { type, fields } = subscription.first
    this.#request(
      type,
      fields,
      (result) => {
        // The protocol answers both requests so, and each subscriber reads the fields of its own.
        const answer = result as Answers['watch'] & Answers['watchStore']
        subscription.state = 'watched'
        subscription.position = { topic: answer.topic, seq: answer.seq }
        subscription.error = undefined
        for (const subscriber of subscription.subscribers.keys()) {
          subscription.subscribers.set(subscriber, true)
          subscriber.start(answer)
        }
        this.#tidy(subscription)
      },
      (error) => this.#failed(subscription, error),
    )
  }

  #failed(subscription: Subscription, error: ClientError): void {
    // Every connect asks anew, so a lost connection is no answer.
    if (error.code === 'OFFLINE') return
    if (error.retry === 'no') {
      subscription.state = 'missing'
      subscription.position = undefined
      subscription.subscribers.forEach((_, subscriber) => subscriber.fail(error))
    } else {
      subscription.state = 'idle'
      subscription.timer = this.#clock.setTimeout(
        () => this.#ask(subscription),
        error.retryAfterMs ?? AGAIN_MS,
      )
      // That it is still so is no news.
      if (error.code !== subscription.error?.code)
        subscription.subscribers.forEach((_, subscriber) => subscriber.pause(error))
    }
    subscription.error = error
    this.#tidy(subscription)
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

  /** Ends what nobody shares any more; what was asked for ends when it is answered, unless somebody wants it by then. */
  #tidy(subscription: Subscription): void {
    const { subscribers, state, position, timer } = subscription
    if (subscribers.size > 0 || state === 'asked' || !this.#all.delete(subscription)) return
    this.#clock.clearTimeout(timer)
    if (position && this.#isOnline) this.#unwatch(position.topic)
  }

  /** Ends a topic that tells nobody. Two names may share one: a place whose server has another revision, and a mirror of it. */
  #unwatch(topic: number): void {
    if (this.positions.every((position) => position.topic !== topic)) this.#request('unwatch', { topic })
  }
}

function nameOf({ type, fields }: Subscriber): string {
  return type + JSON.stringify(fields)
}
