import type { Clock } from '@livestore-kv/core'

/**
 * The real time, read once per turn of the event loop: what happens in one turn happens at one time. As libuv's own
 * `uv_now` and Redis's cached clock, and for the same reason: `Date.now()` costs as much as an awaited function
 * (`docs/decisions/0003-one-time-per-turn.md`). Its timers never keep the process alive.
 */
export class SystemClock implements Clock {
  #now: number | undefined = undefined
  /** What was read last, and when by a stopwatch. */
  #time = 0
  #readAt = 0
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

  /**
   * Never less than before: where the machine's clock is set back, time goes on at half its pace until that has caught up.
   * What waits for it would wait as much longer as the clock was set back.
   */
  #read(): number {
    const readAt = performance.now()
    this.#time = Math.max(Date.now(), this.#time + (readAt - this.#readAt) / 2)
    this.#readAt = readAt
    return Math.floor(this.#time)
  }

  setTimeout(callback: () => void, ms: number): NodeJS.Timeout {
    return setTimeout(callback, ms).unref()
  }

  clearTimeout(timer: unknown): void {
    // Only what `setTimeout` above returned comes back.
    clearTimeout(timer as NodeJS.Timeout)
  }
}
