import type { AnyActorRef, AnyMachineSnapshot, EventObject } from 'xstate'
import type { TransitionCause } from '@livestore-kv/core'
import { childrenOf } from './hosted-actor.ts'
import { typeOf } from './job.ts'
import type { SavedMachine } from './saved-machine.ts'

/** What asked a machine to move: a mutation, or its own life, which has a cause. */
export interface Stimulus {
  readonly event: EventObject & { readonly actorId?: string }
  readonly cause?: TransitionCause
}

/** Why a machine cannot go on, and where it stood when it still could. */
export interface Failure {
  readonly error: unknown
  readonly before: AnyMachineSnapshot
  readonly stimulus?: Stimulus
  /** How the machine stood that it was to take the place of, where it failed in that. */
  readonly old?: SavedMachine | undefined
}

/** Whether it ended an endless loop: as XState reports it, which has no other sign of it. */
export function isEndlessLoop({ error }: Failure): boolean {
  return error instanceof Error && error.message.startsWith('Infinite loop detected')
}

/** The child that failed, if one did. */
export function failedChild({ before, stimulus }: Failure): AnyActorRef | undefined {
  if (stimulus === undefined || !typeOf(stimulus.event).startsWith('xstate.error.actor.')) return undefined
  return childrenOf(before).find(({ id }) => id === stimulus.event.actorId)
}
