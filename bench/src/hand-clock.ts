import type { Clock } from '@livestore-kv/core'

/** How long one callback took: by the clock on the wall, and of the processor. */
export interface Taken {
  readonly wallMs: number
  readonly cpuMs: number
}

/** A clock that stands still between {@link advance} calls; its timers go off there, each measured. */
export class HandClock implements Clock {
  #now = Date.now()
  readonly #timers = new Map<object, { readonly at: number; readonly callback: () => void }>()

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): unknown {
    const timer = {}
    this.#timers.set(timer, { at: this.#now + ms, callback })
    return timer
  }

  clearTimeout(timer: unknown): void {
    // Only what `setTimeout` answered comes back.
    this.#timers.delete(timer as object)
  }

  /** Moves on by `ms` and runs what is due until nothing is; answers how long each callback took. */
  async advance(ms: number): Promise<readonly Taken[]> {
    this.#now += ms
    const taken: Taken[] = []
    for (let callback = this.#takeDue(); callback; callback = this.#takeDue()) {
      const cpu = process.cpuUsage()
      const start = performance.now()
      callback()
      const wallMs = performance.now() - start
      const { user, system } = process.cpuUsage(cpu)
      taken.push({ wallMs, cpuMs: (user + system) / 1_000 })
      // As between two real timers: other work gets its turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return taken
  }

  #takeDue(): (() => void) | undefined {
    for (const [timer, { at, callback }] of this.#timers) {
      if (at > this.#now) continue
      this.#timers.delete(timer)
      return callback
    }
    return undefined
  }
}
