import type { Clock } from '@livestore-kv/core'
import { Alarm } from './alarm.ts'
import type { Waiter } from './waiter.ts'

/** Ends the waits of one store that last too long, with one timer for all of them. */
export class Patience {
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #waiters = new Set<Waiter>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#alarm = new Alarm(clock, () => this.#ring())
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter)
    if (waiter.deadline < (this.#alarm.at ?? Infinity)) this.#alarm.set(waiter.deadline)
  }

  delete(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    // Left running while others wait: moving it for every turn would cost more than one idle ring.
    if (this.#waiters.size === 0) this.#alarm.clear()
  }

  #ring(): void {
    const now = this.#clock.now()
    let soonest = Infinity
    for (const waiter of this.#waiters) {
      if (waiter.deadline <= now) waiter.handlers.late()
      else soonest = Math.min(soonest, waiter.deadline)
    }
    if (soonest < Infinity) this.#alarm.set(soonest)
  }
}
