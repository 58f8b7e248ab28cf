import type { Clock, LiveValueTypes } from '@livestore-kv/core'
import { Alarm } from './alarm.ts'
import type { Waiter } from './waiter.ts'

/** Those who wait equally long, in the order in which they started: the first is the first to lose patience. */
interface Line<T extends LiveValueTypes> {
  first: Waiter<T> | undefined
  last: Waiter<T> | undefined
  readonly alarm: Alarm
}

/**
 * Ends the waits of one store that last too long: a line and one timer per distinct timeout, so that starting and
 * ending a wait cost O(1). As Node's own timers do it (`lib/internal/timers.js`).
 */
export class Patience<T extends LiveValueTypes> {
  readonly #clock: Clock
  readonly #giveUp: (waiter: Waiter<T>) => void
  readonly #lines = new Map<number, Line<T>>()

  constructor(clock: Clock, giveUp: (waiter: Waiter<T>) => void) {
    this.#clock = clock
    this.#giveUp = giveUp
  }

  add(waiter: Waiter<T>): void {
    const line = this.#lines.get(waiter.timeoutMs) ?? this.#open(waiter.timeoutMs)
    waiter.earlier = line.last
    if (line.last) line.last.later = waiter
    else line.first = waiter
    line.last = waiter
    if (line.alarm.at === undefined) line.alarm.set(waiter.deadline)
  }

  delete(waiter: Waiter<T>): void {
    const line = this.#lines.get(waiter.timeoutMs)
    if (line === undefined) return
    const { earlier, later } = waiter
    if (earlier) earlier.later = later
    else line.first = later
    if (later) later.earlier = earlier
    else line.last = earlier
    waiter.earlier = undefined
    waiter.later = undefined
  }

  /** Forgets everybody, and the timers. */
  close(): void {
    for (const { alarm } of this.#lines.values()) alarm.clear()
    this.#lines.clear()
  }

  #open(timeoutMs: number): Line<T> {
    const line: Line<T> = {
      first: undefined,
      last: undefined,
      alarm: new Alarm(this.#clock, () => this.#ring(timeoutMs, line)),
    }
    this.#lines.set(timeoutMs, line)
    return line
  }

  // The alarm is left running when its waiter is served: moving it for every turn would cost more than an idle ring.
  #ring(timeoutMs: number, line: Line<T>): void {
    const now = this.#clock.now()
    for (let waiter = line.first; waiter && waiter.deadline <= now; waiter = line.first) this.#giveUp(waiter)
    if (line.first) line.alarm.set(line.first.deadline)
    else this.#lines.delete(timeoutMs)
  }
}
