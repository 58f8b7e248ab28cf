import type { Clock } from '@livestore-kv/core'
import { Alarm } from '../alarm.ts'

/** After so many jobs that each follow from one before, a machine takes a breath: other entries, and callers, get theirs. */
const BURST = 1_000

/** How many jobs in a row a machine carried out, and its pause until a later turn of the event loop after too many. */
export class Breath {
  readonly #clock: Clock
  readonly #alarm: Alarm
  #jobs = 0

  /** `goOn` is called when a breath has been taken. */
  constructor(clock: Clock, goOn: () => void) {
    this.#clock = clock
    this.#alarm = new Alarm(clock, () => {
      this.#jobs = 0
      goOn()
    })
  }

  /** Whether it is being taken just now. */
  get isTaken(): boolean {
    return this.#alarm.at !== undefined
  }

  get isDue(): boolean {
    return this.#jobs >= BURST
  }

  /** One more job follows from one before, or begins a row. */
  spend(): void {
    this.#jobs++
  }

  /** What comes next follows from nothing that was carried out. */
  restart(): void {
    this.#jobs = 0
  }

  take(): void {
    this.#alarm.set(this.#clock.now())
  }

  /** None will end any more. */
  clear(): void {
    this.#alarm.clear()
  }
}
