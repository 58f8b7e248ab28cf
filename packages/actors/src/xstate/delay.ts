import type { AnyActorRef, EventObject } from 'xstate'
import type { Due } from './delay-queue.ts'
import type { Job } from './job.ts'
import type { Life } from './life.ts'

/** An event that is sent when its time has come: an `after`, or what was raised or sent with a delay. Then it is a job. */
export class Delay implements Due, Job {
  readonly at: number
  readonly source: AnyActorRef
  readonly target: AnyActorRef
  readonly event: EventObject
  /** By which its source can cancel it. */
  readonly id: string | undefined
  readonly lengthMs: number
  /** Whether the source lost hold of it, by another delay of the same name. */
  isLoose = false
  order = 0
  index = -1
  readonly #life: Life

  constructor(life: Life, at: number, delayed: Delayed) {
    this.#life = life
    this.at = at
    this.source = delayed.source
    this.target = delayed.target
    this.event = delayed.event
    this.id = delayed.id
    this.lengthMs = delayed.lengthMs
  }

  get cause(): 'delay' {
    return 'delay'
  }

  ring(): void {
    this.#life.ring(this)
  }
}

/** What is sent later. */
export interface Delayed {
  readonly source: AnyActorRef
  readonly target: AnyActorRef
  readonly event: EventObject
  readonly id: string | undefined
  /** How long it lasts in all. */
  readonly lengthMs: number
}
