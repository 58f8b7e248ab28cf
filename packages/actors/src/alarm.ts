import type { Clock } from '@livestore-kv/core'

// The longest delay that Node's timers take; a longer one would fire at once.
const LONGEST_MS = 2 ** 31 - 1

/** One timer that can be set to any moment, moved and cleared. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #timer: unknown
  #at: number | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** When it rings, in milliseconds since 1970; `undefined` while it is not set. */
  get at(): number | undefined {
    return this.#at
  }

  /** Rings once at `at` (milliseconds since 1970) and forgets what it was set to before. */
  set(at: number): void {
    this.clear()
    if (at === Infinity) return
    this.#at = at
    const ms = Math.min(Math.max(0, at - this.#clock.now()), LONGEST_MS)
    this.#timer = this.#clock.setTimeout(() => this.#due(at), ms)
  }

  clear(): void {
    if (this.#at === undefined) return
    this.#at = undefined
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #due(at: number): void {
    if (this.#clock.now() < at) return this.set(at)
    this.#at = undefined
    this.#timer = undefined
    this.#ring()
  }
}
