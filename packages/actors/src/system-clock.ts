import type { Clock } from '@livestore-kv/core'

/**
 * The real time, read once per turn of the event loop: what happens in one turn happens at one time. As libuv's own
 * `uv_now` and Redis's cached clock, and for the same reason: `Date.now()` costs as much as an awaited function
 * (`docs/decisions/0003-one-time-per-turn.md`). Its timers never keep the process alive.
 */
export class SystemClock implements Clock {
  #now: number | undefined = undefined
  readonly #endTurn = (): void => {
    this.#now = undefined
  }

  now(): number {
    if (this.#now === undefined) {
      this.#now = Date.now()
      // Not unref'd: the loop would sleep on the old time, and the next socket's callback would read it.
      setImmediate(this.#endTurn)
    }
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): NodeJS.Timeout {
    return setTimeout(callback, ms).unref()
  }

  clearTimeout(timer: unknown): void {
    // Only what `setTimeout` above returned comes back.
    clearTimeout(timer as NodeJS.Timeout)
  }
}
