import type { Clock, LiveValueTypes } from '@livestore-kv/core'
import { Line } from './line.ts'
import type { Waiter } from './waiter.ts'

/**
 * Ends the waits of one store that last too long: a line and a timer per distinct timeout, so that starting and
 * ending a wait cost O(1). As Node's own timers do it (`lib/internal/timers.js`).
 */
export class Patience<T extends LiveValueTypes> {
  readonly #clock: Clock
  readonly #giveUp: (waiter: Waiter<T>) => void
  /** Of those who wait as long as the store says; kept while it is empty, for there will be others. */
  readonly #usual: Line<T>
  readonly #others = new Map<number, Line<T>>()

  /** `giveUp` fails a waiter whose time is up, and deletes it here. */
  constructor(clock: Clock, waitTimeoutMs: number, giveUp: (waiter: Waiter<T>) => void) {
    this.#clock = clock
    this.#giveUp = giveUp
    this.#usual = new Line(clock, waitTimeoutMs, giveUp)
  }

  add(waiter: Waiter<T>, timeoutMs: number): void {
    const line = timeoutMs === this.#usual.timeoutMs ? this.#usual : this.#line(timeoutMs)
    line.push(waiter)
  }

  delete(waiter: Waiter<T>): void {
    const { line } = waiter
    line?.delete(waiter)
    if (line === undefined || line === this.#usual || !line.isEmpty) return
    line.close()
    this.#others.delete(line.timeoutMs)
  }

  /** Clears the timers. */
  close(): void {
    this.#usual.close()
    for (const line of this.#others.values()) line.close()
  }

  #line(timeoutMs: number): Line<T> {
    const line = this.#others.get(timeoutMs) ?? new Line(this.#clock, timeoutMs, this.#giveUp)
    this.#others.set(timeoutMs, line)
    return line
  }
}
