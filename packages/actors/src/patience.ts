import type { Clock, LiveValueTypes } from '@livestore-kv/core'
import { Line } from './line.ts'
import type { Waiter } from './waiter.ts'

/**
 * Ends the waits of one store that last too long: a line and a timer per distinct timeout, so that starting and
 * ending a wait cost O(1). As Node's own timers do it (`lib/internal/timers.js`).
 */
export class Patience<T extends LiveValueTypes> {
  /** Fails a waiter whose time is up, and takes it out of its line. */
  readonly giveUp: (waiter: Waiter<T>) => void
  readonly #clock: Clock
  readonly #lines = new Map<number, Line<T>>()
  /** Most callers wait equally long. */
  #latest: Line<T> | undefined = undefined

  constructor(clock: Clock, giveUp: (waiter: Waiter<T>) => void) {
    this.#clock = clock
    this.giveUp = giveUp
  }

  add(waiter: Waiter<T>, timeoutMs: number): void {
    if (this.#latest?.timeoutMs !== timeoutMs)
      this.#latest = this.#lines.get(timeoutMs) ?? this.#open(timeoutMs)
    this.#latest.push(waiter)
  }

  delete(waiter: Waiter<T>): void {
    waiter.line?.delete(waiter)
  }

  /** Forgets a line in which nobody waits any more. */
  drop(line: Line<T>): void {
    this.#lines.delete(line.timeoutMs)
    if (this.#latest === line) this.#latest = undefined
  }

  /** Clears the timers. */
  close(): void {
    for (const line of this.#lines.values()) line.close()
  }

  #open(timeoutMs: number): Line<T> {
    const line = new Line(timeoutMs, this.#clock, this)
    this.#lines.set(timeoutMs, line)
    return line
  }
}
