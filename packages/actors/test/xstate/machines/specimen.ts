import type { AnyStateMachine, EventObject } from 'xstate'

/** What a specimen of the library writes down, and what the test settles for it. */
export interface Surroundings {
  /** What its actions did, in order. */
  readonly log: (line: string) => void
  /** A promise that the test settles. */
  readonly promise: () => Promise<unknown>
}

/** A machine that uses some features of XState, made anew for each run. */
export interface Specimen {
  readonly name: string
  readonly make: (surroundings: Surroundings) => AnyStateMachine
  readonly events: readonly EventObject[]
}
