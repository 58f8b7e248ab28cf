import type { WireUpdate } from '@livestore-kv/core/protocol'
import { encoded } from '../connections/encoded-frame.ts'
import type { DropReason } from '../metrics/tally.ts'
import type { History, ToldUpdate } from './history.ts'

/** Who is told what a topic tells. */
export interface Subscriber {
  /** Takes an update and the frame that holds it, whose bytes are shared with the other subscribers. */
  deliver(frame: Uint8Array, update: WireUpdate): void
  /** Has not got an update: there is none that it could be told. */
  miss(update: WireUpdate, reason: DropReason): void
}

export interface TopicOptions {
  readonly number: number
  /** Remembers what it told. */
  readonly history: History
  readonly onError: (error: unknown) => void
}

/** One stream of updates and its subscribers; each update is encoded once for all of them. */
export class Topic<S extends Subscriber> {
  /** Names the topic on the wire; the same for every connection. */
  readonly number: number
  readonly #subscribers = new Set<S>()
  /** Whom it tells no more, and who may not have heard all that it told. */
  readonly #former = new Set<S>()
  /** What it told, to whoever was subscribed. */
  readonly history: History
  readonly #onError: (error: unknown) => void

  constructor({ number, history, onError }: TopicOptions) {
    this.number = number
    this.history = history
    this.#onError = onError
  }

  get size(): number {
    return this.#subscribers.size
  }

  add(subscriber: S): void {
    this.#subscribers.add(subscriber)
  }

  /** With the last one goes what it remembers. */
  delete(subscriber: S): void {
    this.#subscribers.delete(subscriber)
    this.#former.delete(subscriber)
    if (this.#subscribers.size + this.#former.size === 0) this.history.clear()
  }

  /** Tells nobody any more, and answers whom it told: what it told is remembered until each of them was deleted. */
  clear(): readonly S[] {
    const subscribers = [...this.#subscribers]
    for (const subscriber of subscribers) this.#former.add(subscriber)
    this.#subscribers.clear()
    return subscribers
  }

  /** Tells every subscriber. */
  publish(update: WireUpdate): void {
    if (this.#subscribers.size === 0) return
    const seq = this.history.next()
    // That an entry is gone is told without the message, if need be: no newer state would say it.
    const told =
      this.#encoded(seq, update) ??
      (update.type === 'remove' ? this.#encoded(seq, withoutMessage(update)) : undefined)
    if (told === undefined) return this.#miss(update, 'encoding')
    this.history.add(told.frame, told.update)
    for (const subscriber of this.#subscribers) subscriber.deliver(told.frame, told.update)
  }

  /** Tells nobody: there is nothing that `update` could be told by. */
  lose(update: WireUpdate, reason: DropReason): void {
    if (this.#subscribers.size === 0) return
    this.history.next()
    this.#miss(update, reason)
  }

  /** Nothing where it holds what JSON cannot: that must not fail its writer. */
  #encoded(seq: number, update: WireUpdate): Pick<ToldUpdate, 'frame' | 'update'> | undefined {
    try {
      return { frame: encoded({ type: 'update', topic: this.number, seq, update }), update }
    } catch (error) {
      this.#onError(error)
      return undefined
    }
  }

  #miss(update: WireUpdate, reason: DropReason): void {
    this.history.clear()
    for (const subscriber of this.#subscribers) subscriber.miss(update, reason)
  }
}

function withoutMessage({ type, key, epoch, version, reason }: WireUpdate & { type: 'remove' }): WireUpdate {
  return { type, key, epoch, version, reason }
}
