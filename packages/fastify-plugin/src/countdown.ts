import type { Clock } from '@livestore-kv/core'

// The longest delay that Node's timers take; a longer one would fire at once.
const LONGEST_MS = 2 ** 31 - 1

/** One timer that can be started again and stopped. */
export class Countdown {
  readonly #clock: Clock
  readonly #over: () => void
  #timer: unknown

  constructor(clock: Clock, over: () => void) {
    this.#clock = clock
    this.#over = over
  }

  get isRunning(): boolean {
    return this.#timer !== undefined
  }

  /** Calls back after `ms` milliseconds, and not when it was started for before. */
  start(ms: number): void {
    this.stop()
    const step = Math.min(Math.max(0, ms), LONGEST_MS)
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      if (ms > step) this.start(ms - step)
      else this.#over()
    }, step)
  }

  stop(): void {
    if (this.#timer === undefined) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
