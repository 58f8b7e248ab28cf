import type { WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'
import { encoded } from './encoded-frame.ts'
import type { EntryTopic } from './entry-topic.ts'
import { Lag } from './lag.ts'
import type { Missed } from './lag.ts'
import type { Outbox } from './outbox.ts'
import type { Subscriber } from './topic.ts'

const GONE = { entry: null, lock: null, expiresAt: null }

export interface EntrySubscriptionOptions {
  readonly topic: EntryTopic
  readonly outbox: Outbox
  /** The entry is gone, and the subscription with it. */
  readonly ended: () => void
  readonly onError: (error: unknown) => void
}

/** One connection's part in the topic of an entry. */
export class EntrySubscription implements Subscriber {
  readonly topic: EntryTopic
  readonly #outbox: Outbox
  readonly #lag: Lag
  readonly #ended: () => void

  constructor({ topic, outbox, ended, onError }: EntrySubscriptionOptions) {
    this.topic = topic
    this.#outbox = outbox
    this.#ended = ended
    this.#lag = new Lag({ outbox, onError, caughtUp: (missed) => this.#push(missed, this.topic.snapshot()) })
  }

  get number(): number {
    return this.topic.number
  }

  deliver(frame: Uint8Array, update: WireUpdate): void {
    if (update.type !== 'remove') return this.#lag.offer(frame, update)
    // The last word on an entry is told whatever was missed before it.
    const missed = this.#lag.forget()
    if (missed.missed > 0) this.#push(missed, null)
    this.#outbox.push(frame)
  }

  miss(update: WireUpdate): void {
    this.#lag.miss(update)
  }

  /** Ends it for the connection too: the entry is gone. */
  end(): void {
    this.#lag.forget()
    this.#ended()
  }

  /** Ends it for good, on behalf of the connection. */
  close(): void {
    this.#lag.forget()
    this.topic.delete(this)
  }

  /** What a fresh snapshot makes good is missed no more. */
  refresh(): void {
    this.#lag.forget()
  }

  #push(missed: Missed, snapshot: WireSnapshot | null): void {
    const { entry, lock, expiresAt } = snapshot ?? GONE
    const update = { type: 'lagged', ...missed, entry, lock, expiresAt } as const
    this.#outbox.push(encoded({ type: 'update', topic: this.number, seq: this.topic.seq, update }))
  }
}
