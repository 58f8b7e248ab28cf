import { Actor } from 'xstate'
import type { AnyActorRef, EventObject } from 'xstate'

/**
 * What is used of XState besides what it documents, all in one place: actors hand events to each other by `_send`, which
 * is where a hosted actor is fed from its entry's mailbox, and the differential tests notice if that changes.
 */
interface Insides {
  _send(event: EventObject): void
  readonly _actorScope: { emit: (event: EventObject) => void; stopChild(child: AnyActorRef): void }
  readonly system: {
    _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void
    _sendInspectionEvent(event: object): void
  }
}

const insides = (actor: unknown): Insides => actor as Insides

/** Has `actor` process `event` in its own good time: at once, if it is at rest. */
export function enqueue(actor: AnyActorRef, event: EventObject): void {
  insides(Actor.prototype)._send.call(actor, event)
}

/** Sends `event` as `source` would. */
export function relay(source: AnyActorRef, target: AnyActorRef, event: EventObject): void {
  insides(source).system._relay(source, target, event)
}

/** Shows an event that did not come by {@link relay} to whoever inspects. */
export function inspectEvent(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void {
  const inspection = { type: '@xstate.event', sourceRef: source, actorRef: target, event }
  insides(target).system._sendInspectionEvent(inspection)
}

/** Stops a child whose parent can no longer do so by a transition. */
export function stopChild(parent: AnyActorRef, child: AnyActorRef): void {
  insides(parent)._actorScope.stopChild(child)
}

/** Calls `hear` with what `actor` emits; `actor.on('*')` would do that too, for 400 bytes an actor. */
export function hearEmitted(actor: AnyActorRef, hear: (event: EventObject) => void): void {
  const scope = insides(actor)._actorScope
  const { emit } = scope
  scope.emit = (event) => {
    hear(event)
    emit(event)
  }
}
