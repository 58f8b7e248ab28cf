import type { Clock } from '@livestore-kv/core'
import { Countdown } from '../countdown.ts'

/** Silence of the other end past `pingMs`, in milliseconds, before it counts as gone. */
export const SILENCE_GRACE_MS = 10_000

export interface HeartbeatOptions {
  readonly clock: Clock
  readonly pingMs: number
  /** Asks the other end for a sign of life. */
  readonly ping: () => void
  /** The other end has been silent for too long. */
  readonly gone: () => void
}

/** Pings every `pingMs`, and notices when nothing at all was heard for `pingMs` and a grace of 10 s. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #next: Countdown
  readonly #silence: Countdown
  #heardAt: number
  /** Pings that were not answered yet. */
  #unanswered = 0

  constructor(options: HeartbeatOptions) {
    const { clock, pingMs } = options
    this.#options = options
    this.#heardAt = clock.now()
    this.#next = new Countdown(clock, () => {
      this.#next.start(pingMs)
      this.#unanswered++
      options.ping()
    })
    this.#silence = new Countdown(clock, () => this.#listen())
  }

  start(): void {
    this.#next.start(this.#options.pingMs)
    this.#listen()
  }

  /** Any traffic is a sign of life. */
  heard(): void {
    this.#heardAt = this.#options.clock.now()
  }

  /** The other end says that it is there; whether it was asked. */
  answered(): boolean {
    if (this.#unanswered === 0) return false
    this.#unanswered--
    return true
  }

  stop(): void {
    this.#next.stop()
    this.#silence.stop()
  }

  // Looked at when it could be over, so that hearing something costs no timer.
  #listen(): void {
    const { clock, pingMs, gone } = this.#options
    const leftMs = this.#heardAt + pingMs + SILENCE_GRACE_MS - clock.now()
    if (leftMs > 0) this.#silence.start(leftMs)
    else gone()
  }
}
