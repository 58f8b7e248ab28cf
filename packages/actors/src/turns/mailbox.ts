import type { LiveValueTypes } from '@livestore-kv/core'
import type { Waiter } from './waiter.ts'

/** The calls that wait their turn on one entry, first come first served; any of them may leave early. */
export class Mailbox<T extends LiveValueTypes> {
  /** Whether its callers are getting their turns just now. */
  isServing = false
  #first: Waiter<T> | undefined
  #last: Waiter<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  push(waiter: Waiter<T>): void {
    waiter.isWaiting = true
    waiter.previous = this.#last
    if (this.#last) this.#last.next = waiter
    else this.#first = waiter
    this.#last = waiter
    this.#size++
  }

  shift(): Waiter<T> | undefined {
    const waiter = this.#first
    if (waiter) this.delete(waiter)
    return waiter
  }

  /** Whether it was still waiting here. */
  delete(waiter: Waiter<T>): boolean {
    if (!waiter.isWaiting) return false
    const { previous, next } = waiter
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
    waiter.previous = undefined
    waiter.next = undefined
    waiter.isWaiting = false
    this.#size--
    return true
  }
}
