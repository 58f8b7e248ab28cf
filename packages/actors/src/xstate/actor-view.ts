import { toObserver } from 'xstate'
import type {
  ActorRefFrom,
  AnyMachineSnapshot,
  AnyStateMachine,
  EventObject,
  Observer,
  Subscription,
} from 'xstate'
import type { LiveValueTypes, MutationOf } from '@livestore-kv/core'
import type { MachineActor } from './machine-actor.ts'

/** What XState's tools need of the actor of a machine. */
export type ActorViewOf<TMachine extends AnyStateMachine> = ActorRefFrom<TMachine>

/**
 * One incarnation of an entry as an XState `ActorRef`: what it is sent waits its turn in the entry's mailbox, and its
 * subscribers hear of each version. Its life belongs to the store: it cannot be started or stopped here.
 */
export class ActorView<T extends LiveValueTypes> {
  readonly id: string
  readonly sessionId: string
  readonly #actor: MachineActor<T>
  readonly #mutate: (event: MutationOf<T>) => Promise<unknown>

  constructor(actor: MachineActor<T>, mutate: (event: MutationOf<T>) => Promise<unknown>) {
    this.id = actor.entry.key
    this.sessionId = actor.entry.key
    this.#actor = actor
    this.#mutate = mutate
    this.send = this.send.bind(this)
  }

  /** Asks for the mutation `event`; what becomes of it is seen by subscribing, and errors go to the store's `onError`. */
  send(event: EventObject): void {
    // Of this machine's type, or its store refuses it.
    this.#mutate(event as MutationOf<T>).catch((error: unknown) => this.#actor.report(error))
  }

  /** @internal By which the actors of XState send to each other. */
  _send(event: EventObject): void {
    this.send(event)
  }

  getSnapshot(): AnyMachineSnapshot {
    return this.#actor.snapshot
  }

  getPersistedSnapshot(): unknown {
    return this.#actor.saved
  }

  subscribe(
    next: Observer<AnyMachineSnapshot> | ((snapshot: AnyMachineSnapshot) => void),
    error?: (error: unknown) => void,
    complete?: () => void,
  ): Subscription {
    const observer = typeof next === 'function' ? toObserver(next, error, complete) : toObserver(next)
    return { unsubscribe: this.#actor.listen(observer) }
  }

  toJSON(): object {
    return { xstate$$type: 1, id: this.id }
  }
}
