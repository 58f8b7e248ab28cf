import type { AnyActorRef, EventObject } from 'xstate'
import type { TransitionCause } from '@livestore-kv/core'

/** Something that happened in the life of an entry, and has yet to be carried out. */
export interface Job {
  readonly event: EventObject
  readonly cause: TransitionCause
  /** The child that it is the outcome or the snapshot of, if it is one of ours. */
  readonly child?: AnyActorRef | undefined
}

/** Whether it is how a child ended. */
export function isOutcome(job: Job | undefined): boolean {
  return job?.cause === 'done' || job?.cause === 'error'
}

/** The type of `event`, or none if its sender gave none: the machine fails at that, not its sender. */
export function typeOf(event: EventObject | null | undefined): string {
  const type: unknown = event?.type
  return typeof type === 'string' ? type : ''
}

/** What an event that an actor sends is the cause of. */
export function causeOf(event: EventObject): TransitionCause {
  const type = typeOf(event)
  if (type.startsWith('xstate.done.')) return 'done'
  return type.startsWith('xstate.error.') ? 'error' : 'actor'
}

/** The id of the child whose outcome or snapshot `event` is. */
export function sourceOf(event: EventObject & { readonly actorId?: unknown }): unknown {
  const type = typeOf(event)
  if (type.startsWith(SNAPSHOT_OF)) return type.slice(SNAPSHOT_OF.length)
  return type.startsWith('xstate.') ? event.actorId : undefined
}

/** Whether events of `type` begin or end an actor: to none they just happen. */
export function beginsOrEnds(type: string): boolean {
  return type === 'xstate.init' || type === 'xstate.stop'
}

const SNAPSHOT_OF = 'xstate.snapshot.'
