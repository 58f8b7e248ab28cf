import type { Clock } from '../clock.ts'

/** A clock that stands still until a test advances it. */
export class FakeClock implements Clock {
  #now: number
  #id = 0
  readonly #timers = new Map<number, { readonly at: number; readonly callback: () => void }>()

  constructor(now = 1_700_000_000_000) {
    this.#now = now
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** When the next timer is due, in milliseconds since 1970; `Infinity` when none is set. */
  get next(): number {
    return Math.min(Infinity, ...[...this.#timers.values()].map(({ at }) => at))
  }

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): number {
    this.#timers.set(++this.#id, { at: this.#now + ms, callback })
    return this.#id
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(Number(timer))
  }

  /** Runs every timer that is due within `ms` milliseconds, in order, and stops there. */
  advance(ms: number): void {
    const end = this.#now + ms
    while (this.next <= end) this.step()
    this.#now = end
  }

  /** Goes to the next timer and runs it alone. */
  step(): void {
    const at = this.next
    const due = [...this.#timers].find(([, timer]) => timer.at === at)
    if (due === undefined) return
    const [id, { callback }] = due
    this.#timers.delete(id)
    this.#now = Math.max(this.#now, at)
    callback()
  }
}
