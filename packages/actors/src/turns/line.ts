import type { Clock, LiveValueTypes } from '@livestore-kv/core'
import { Alarm } from '../alarm.ts'
import type { Waiter } from './waiter.ts'

/** Those who wait equally long, in the order in which they started: the first is the first to lose patience. */
export class Line<T extends LiveValueTypes> {
  readonly timeoutMs: number
  readonly #clock: Clock
  readonly #giveUp: (waiter: Waiter<T>) => void
  readonly #alarm: Alarm
  #first: Waiter<T> | undefined = undefined
  #last: Waiter<T> | undefined = undefined

  /** `giveUp` takes the waiter out of the line. */
  constructor(clock: Clock, timeoutMs: number, giveUp: (waiter: Waiter<T>) => void) {
    this.timeoutMs = timeoutMs
    this.#clock = clock
    this.#giveUp = giveUp
    this.#alarm = new Alarm(clock, () => this.#ring())
  }

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  push(waiter: Waiter<T>): void {
    waiter.line = this
    waiter.deadline = this.#clock.now() + this.timeoutMs
    waiter.earlier = this.#last
    if (this.#last) this.#last.later = waiter
    else this.#first = waiter
    this.#last = waiter
    if (this.#alarm.at === undefined) this.#alarm.set(waiter.deadline)
  }

  delete(waiter: Waiter<T>): void {
    const { earlier, later } = waiter
    waiter.line = undefined
    if (earlier) earlier.later = later
    else this.#first = later
    if (later) later.earlier = earlier
    else this.#last = earlier
    waiter.earlier = undefined
    waiter.later = undefined
  }

  close(): void {
    this.#alarm.clear()
  }

  // The timer is left running when its waiter is served: moving it for every turn costs more than an idle ring.
  #ring(): void {
    const now = this.#clock.now()
    for (let waiter = this.#first; waiter && waiter.deadline <= now; waiter = this.#first) {
      this.#giveUp(waiter)
    }
    if (this.#first) this.#alarm.set(this.#first.deadline)
  }
}
