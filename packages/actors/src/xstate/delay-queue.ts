import type { Clock } from '@livestore-kv/core'
import { Alarm } from '../alarm.ts'

/** How many delays one slice ends: half a millisecond of transitions, or 1 to 2 on a slow machine. */
const SLICE = 64

/** Something that is due at one moment. */
export interface Due {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Its place among those that are due at the same time, and its place in the queue; the queue's own. */
  order: number
  index: number
  ring(): void
}

/**
 * The delays of one store in the order in which they are due, and of those due at once in the order in which they
 * began: a binary heap with one timer, so that beginning and ending a delay cost O(log n). Delays that are due end in
 * slices, between which others get their turn. `ring` must not throw.
 */
export class DelayQueue {
  readonly #clock: Clock
  readonly #alarm: Alarm
  readonly #heap: Due[] = []
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#alarm = new Alarm(clock, () => this.#ring())
  }

  now(): number {
    return this.#clock.now()
  }

  add(due: Due): void {
    due.order = ++this.#count
    this.#heap.push(due)
    this.#rise(due, this.#heap.length - 1)
    if (due.at < (this.#alarm.at ?? Infinity)) this.#alarm.set(due.at)
  }

  delete(due: Due): void {
    const { index } = due
    if (this.#heap[index] !== due) return
    const last = this.#heap.pop()
    if (last !== undefined && last !== due) {
      this.#rise(last, index)
      this.#sink(last, last.index)
    }
    // A timer that is too early rings for nothing: moving it for every delay that ends costs more.
    if (this.#heap.length === 0) this.#alarm.clear()
  }

  #ring(): void {
    const now = this.#clock.now()
    for (let rung = 0; rung < SLICE; rung++) {
      const [first] = this.#heap
      if (first === undefined || first.at > now) break
      this.delete(first)
      first.ring()
    }
    const [next] = this.#heap
    if (next) this.#alarm.set(next.at)
  }

  #rise(due: Due, from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = this.#heap[parent]
      if (above === undefined || !isBefore(due, above)) break
      this.#place(above, index)
      index = parent
    }
    this.#place(due, index)
  }

  #sink(due: Due, from: number): void {
    let index = from
    for (;;) {
      const left = this.#heap[2 * index + 1]
      const right = this.#heap[2 * index + 2]
      const child = left && right && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, due)) break
      const { index: free } = child
      this.#place(child, index)
      index = free
    }
    this.#place(due, index)
  }

  #place(due: Due, index: number): void {
    this.#heap[index] = due
    due.index = index
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
