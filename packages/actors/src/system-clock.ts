import type { Clock } from '@livestore-kv/core'

/** What is lost where such large numbers are added, and more. */
const ROUNDING_MS = 0.001

/**
 * The real time, read once per turn of the event loop: what happens in one turn happens at one time. As libuv's own
 * `uv_now` and Redis's cached clock, and for the same reason: `Date.now()` costs as much as an awaited function
 * (`docs/decisions/0003-one-time-per-turn.md`). Its timers never keep the process alive.
 */
export class SystemClock implements Clock {
  #now: number | undefined = undefined
  /** By how much the machine's clock is ahead of a stopwatch, as far as was ever seen. */
  #aheadMs = -Infinity
  readonly #endTurn = (): void => {
    this.#now = undefined
  }

  now(): number {
    if (this.#now === undefined) {
      this.#now = this.#read()
      // Not unref'd: the loop would sleep on the old time, and the next socket's callback would read it.
      setImmediate(this.#endTurn)
    }
    return this.#now
  }

  /** Where the machine's clock is set back, time goes on from where it was: what waits for it would wait so much longer. */
  #read(): number {
    const elapsedMs = performance.now()
    this.#aheadMs = Math.max(this.#aheadMs, Date.now() - elapsedMs)
    return Math.floor(elapsedMs + this.#aheadMs + ROUNDING_MS)
  }

  setTimeout(callback: () => void, ms: number): NodeJS.Timeout {
    return setTimeout(callback, ms).unref()
  }

  clearTimeout(timer: unknown): void {
    // Only what `setTimeout` above returned comes back.
    clearTimeout(timer as NodeJS.Timeout)
  }
}
