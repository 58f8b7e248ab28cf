import { Actor } from 'xstate'
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateMachine,
  EventObject,
  InspectionEvent,
  Observer,
} from 'xstate'
import type { Clock } from '@livestore-kv/core'
import type { HostedMachine } from './hosted-machine.ts'
import type { Life } from './life.ts'
import { enqueue, stopChild } from './xstate-insides.ts'

export type Inspector = Observer<InspectionEvent> | ((event: InspectionEvent) => void)

export interface HostedActorOptions {
  readonly id: string
  readonly life: Life
  readonly clock: Clock
  readonly inspect?: Inspector
  readonly input?: unknown
  readonly snapshot?: object
}

/** A real XState actor that processes an event only when its life says so; whatever it is sent goes to its life. */
export class HostedActor extends Actor<AnyStateMachine> {
  constructor(machine: HostedMachine, options: HostedActorOptions) {
    // XState keeps options that it does not know.
    super(machine, options as object)
  }

  /** Known before the constructor is through, for a machine may send itself something while it is made. */
  get life(): Life {
    return (this.options as unknown as HostedActorOptions).life
  }

  get children(): readonly AnyActorRef[] {
    return childrenOf(this.getSnapshot() as AnyMachineSnapshot)
  }

  /** @internal Overrides what other actors, and it itself, send by. */
  _send(event: EventObject): void {
    this.life.receive(event)
  }

  /** Processes `event` now. */
  process(event: EventObject): void {
    enqueue(this, event)
  }

  /** Stops `children`, which XState leaves alone when their parent fails. */
  stopAll(children: Iterable<AnyActorRef>): void {
    for (const child of children) stopChild(this, child)
  }
}

/** The children that a machine has at `snapshot`. */
export function childrenOf(snapshot: AnyMachineSnapshot): readonly AnyActorRef[] {
  // A machine that failed while it was made has no such member, and a child whose logic is missing is none.
  const children: Readonly<Record<string, AnyActorRef | undefined>> | undefined = snapshot.children
  return Object.values(children ?? {}).filter((child) => child !== undefined)
}
