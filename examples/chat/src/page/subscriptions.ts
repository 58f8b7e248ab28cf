import type { Answers, Requests, WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'
import type { PendingRequest } from './pending-requests.ts'

/** Somebody who wants to hear of an entry, over every reconnect. */
export interface Subscriber {
  readonly store: string
  readonly key: string
  onSnapshot(snapshot: WireSnapshot): void
  onUpdate(update: WireUpdate): void
  /** There is no such entry, or it is not ours to see. */
  onMissing(): void
}

/** What subscriptions ask of the connection; fails at once while there is none. */
export type Ask = <K extends 'watch' | 'unwatch'>(
  type: K,
  fields: Requests[K],
  pending: PendingRequest,
) => void

const AGAIN_MS = 1_000
const NOBODY: PendingRequest = {
  answer: () => undefined,
  refused: () => undefined,
  fail: () => undefined,
}

/** Who hears of what: each subscriber is given a snapshot at every connect, and what follows on its topic. */
export class Subscriptions {
  readonly #ask: Ask
  /** With the topic, once the server has named it. */
  readonly #topics = new Map<Subscriber, number | undefined>()

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Hears of an entry from now on; answers a function that ends it. */
  add(subscriber: Subscriber): () => void {
    this.#topics.set(subscriber, undefined)
    this.#watch(subscriber)
    return () => {
      const topic = this.#topics.get(subscriber)
      this.#topics.delete(subscriber)
      if (topic !== undefined) this.#unwatch(subscriber, topic)
    }
  }

  /** There is a new connection. */
  watchAll(): void {
    for (const subscriber of this.#topics.keys()) this.#watch(subscriber)
  }

  /** The connection is gone, and what it called the entries. */
  forgetTopics(): void {
    for (const subscriber of this.#topics.keys()) this.#topics.set(subscriber, undefined)
  }

  deliver(topic: number, update: WireUpdate): void {
    for (const [subscriber, its] of this.#topics) if (its === topic) subscriber.onUpdate(update)
  }

  #watch(subscriber: Subscriber): void {
    const { store, key } = subscriber
    const pending: PendingRequest = {
      answer: (result) => {
        // The protocol answers `watch` so.
        const { topic, entry, lock, expiresAt } = result as Answers['watch']
        if (!this.#topics.has(subscriber)) return this.#unwatch(subscriber, topic)
        this.#topics.set(subscriber, topic)
        // There is one, because nothing else was asked for.
        if (entry) subscriber.onSnapshot({ entry, lock, expiresAt })
      },
      refused: () => undefined,
      fail: ({ code, retry }) => {
        // Every connect watches anew, so a lost connection is no answer.
        if (!this.#topics.has(subscriber) || code === 'OFFLINE') return
        if (retry === 'no') subscriber.onMissing()
        else setTimeout(() => this.#watchAgain(subscriber), AGAIN_MS)
      },
    }
    this.#ask('watch', { store, key }, pending)
  }

  #watchAgain(subscriber: Subscriber): void {
    const isWaiting = this.#topics.has(subscriber) && this.#topics.get(subscriber) === undefined
    if (isWaiting) this.#watch(subscriber)
  }

  /** Ends a subscription, unless somebody else has come for the same entry: its topic is theirs too. */
  #unwatch({ store, key }: Subscriber, topic: number): void {
    const isWanted = [...this.#topics.keys()].some((each) => each.store === store && each.key === key)
    if (!isWanted) this.#ask('unwatch', { topic }, NOBODY)
  }
}
