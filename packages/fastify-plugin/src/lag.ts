import type { WireUpdate } from '@livestore-kv/core/protocol'
import type { Debtor, Outbox } from './outbox.ts'

/** How far a subscription is behind. */
export interface Missed {
  readonly missed: number
  /** So many of them messages. */
  readonly missedMessages: number
}

/** Counts what a subscription could not be told, until it catches up. */
export class Lag implements Debtor {
  readonly #outbox: Outbox
  readonly #caughtUp: (missed: Missed) => void
  #missed = 0
  #missedMessages = 0

  constructor(outbox: Outbox, caughtUp: (missed: Missed) => void) {
    this.#outbox = outbox
    this.#caughtUp = caughtUp
  }

  /** Sends `frame`, or counts it: while something is owed, nothing newer overtakes it. */
  offer(frame: Uint8Array, update: WireUpdate): void {
    if (this.#missed > 0 || !this.#outbox.offer(frame, this)) this.miss(update)
  }

  miss(update: WireUpdate): void {
    // A topic may have been behind its store itself.
    const [missed, messages] =
      update.type === 'lagged'
        ? [update.missed, update.missedMessages]
        : [1, update.type === 'message' ? 1 : 0]
    this.#missed += missed
    this.#missedMessages += messages
    this.#outbox.owe(this)
  }

  catchUp(): void {
    this.#caughtUp(this.forget())
  }

  /** What was missed; from here on, nothing is. */
  forget(): Missed {
    const counted = { missed: this.#missed, missedMessages: this.#missedMessages }
    this.#missed = 0
    this.#missedMessages = 0
    this.#outbox.forgive(this)
    return counted
  }
}
