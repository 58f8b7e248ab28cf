import type { Clock } from '@livestore-kv/core'

/** How much longer than its `pingMs` a server may be silent. */
const GRACE_MS = 10_000

/** Notices when nothing at all was heard of the server for longer than it promised. */
export class Silence {
  readonly #clock: Clock
  readonly #gone: () => void
  #heardAt = 0
  #limitMs = 0
  #timer: unknown

  constructor(clock: Clock, gone: () => void) {
    this.#clock = clock
    this.#gone = gone
  }

  start(pingMs: number): void {
    this.#limitMs = pingMs + GRACE_MS
    this.heard()
    this.#listen()
  }

  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer)
  }

  // Looked at when it could be over, so that hearing something costs no timer.
  #listen(): void {
    const leftMs = this.#heardAt + this.#limitMs - this.#clock.now()
    if (leftMs <= 0) return this.#gone()
    this.#timer = this.#clock.setTimeout(() => this.#listen(), leftMs)
  }
}
