import type { WriteTick } from '../connections/write-tick.ts'
import type { Meter } from './meter.ts'

/** Why a client was not told something. */
export type DropReason =
  /** An update: the client did not read fast enough, and its byte budget was used up. */
  | 'budget'
  /** An update: JSON cannot hold it. */
  | 'encoding'
  /** An update: the view that it was to be seen through failed. */
  | 'view'
  /** An update of a listing: too many waited for the application to say who may see them. */
  | 'listing'
  /** An update: its client was away, and more was told meanwhile than is remembered. */
  | 'history'
  /** An update: its client was away, and it was forgotten because all topics together remembered more than `historyBytes`. */
  | 'evicted'
  /** An answer: its connection was gone. */
  | 'unanswered'

/** Counts what went wrong for clients, by its reason. */
export class Tally {
  readonly #dropped = { budget: 0, encoding: 0, view: 0, listing: 0, history: 0, evicted: 0, unanswered: 0 }
  readonly #closed = new Map<number, number>()
  readonly #meter: Meter | undefined
  readonly #tick: WriteTick
  /** Updates that were delivered in this tick. */
  #delivered = 0
  readonly #flush = (): void => {
    this.#meter?.delivered(this.#delivered)
    this.#delivered = 0
  }

  constructor(meter: Meter | undefined, tick: WriteTick) {
    this.#meter = meter
    this.#tick = tick
  }

  drop(reason: DropReason, count = 1): void {
    if (count === 0) return
    this.#dropped[reason] += count
    this.#meter?.dropped(reason, count)
  }

  /** A subscriber was told of an update; measured once a tick. */
  deliver(): void {
    if (this.#meter && this.#delivered++ === 0) this.#tick.schedule(this.#flush)
  }

  /** A subscriber was told that it lagged. */
  lag(missed: number): void {
    this.#meter?.missed(missed)
  }

  /** The server closed a connection with `code`. */
  close(code: number): void {
    this.#closed.set(code, (this.#closed.get(code) ?? 0) + 1)
    this.#meter?.closed(code)
  }

  get dropped(): Readonly<Record<DropReason, number>> {
    return { ...this.#dropped }
  }

  get closed(): Readonly<Record<number, number>> {
    return Object.fromEntries(this.#closed)
  }
}
