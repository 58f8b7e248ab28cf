import type { Clock } from '@livestore-kv/core'

/** A clock that stands still until a test advances it. */
export class FakeClock implements Clock {
  #now = 1_700_000_000_000
  #id = 0
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  get pending(): number {
    return this.#timers.size
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
    for (;;) {
      const [id, timer] =
        [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0] ?? []
      if (id === undefined || timer === undefined) break
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, timer.at)
      timer.callback()
    }
    this.#now = end
  }
}
