import type { WireUpdate } from '@livestore-kv/core/protocol'
import type { Debtor, Outbox } from '../connections/outbox.ts'
import type { DropReason, Tally } from '../metrics/tally.ts'

/** How far a subscription is behind. */
export interface Missed {
  readonly missed: number
  /** So many of them messages. */
  readonly missedMessages: number
}

export interface LagOptions {
  readonly outbox: Outbox
  /** Tells the subscriber how much it missed, and the newest state. */
  readonly caughtUp: (missed: Missed) => void
  readonly onError: (error: unknown) => void
  readonly tally: Tally
}

/** Counts what a subscription could not be told, until it catches up. */
export class Lag implements Debtor {
  readonly #outbox: Outbox
  readonly #caughtUp: (missed: Missed) => void
  readonly #onError: (error: unknown) => void
  readonly #tally: Tally
  #missed = 0
  #missedMessages = 0

  constructor(options: LagOptions) {
    this.#outbox = options.outbox
    this.#caughtUp = options.caughtUp
    this.#onError = options.onError
    this.#tally = options.tally
  }

  /** Sends `frame`, or counts it: while something is owed, nothing newer overtakes it. */
  offer(frame: Uint8Array, update: WireUpdate): void {
    if (this.#missed > 0 || !this.#outbox.offer(frame, this)) this.miss(update, 'budget')
    else this.#tally.deliver()
  }

  miss(update: WireUpdate, reason: DropReason): void {
    // A topic may have been behind its store itself.
    const [missed, messages] =
      update.type === 'lagged'
        ? [update.missed, update.missedMessages]
        : [1, update.type === 'message' ? 1 : 0]
    this.#tally.drop(reason, missed)
    this.#missed += missed
    this.#missedMessages += messages
    this.#outbox.owe(this)
  }

  /** Catches up as soon as there is room, with so many updates, one at least, whose loss has been counted already. */
  owe(missed: number): void {
    this.#missed += missed
    this.#outbox.owe(this)
  }

  catchUp(): void {
    const counted = this.forget()
    try {
      this.#caughtUp(counted)
      this.#tally.lag(counted.missed)
    } catch (error) {
      // The newest state cannot be encoded: the next update brings another one.
      this.#missed = counted.missed
      this.#missedMessages = counted.missedMessages
      this.#onError(error)
    }
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
