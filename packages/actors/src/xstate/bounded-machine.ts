import { StateMachine } from 'xstate'
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'

/** XState goes round in circles for ever unless it is told when to stop. */
const MAX_ITERATIONS = 1_000

type Config = AnyStateMachine['config']
type Implementations = AnyStateMachine['implementations']

const AnyMachine = StateMachine as new (...parts: [Config, Implementations]) => AnyStateMachine

/** A machine that ends an endless loop of `always` with an error, and stands where it last could when it fails. */
export class BoundedMachine extends AnyMachine {
  constructor(machine: AnyStateMachine) {
    super(...boundedParts(machine))
  }

  override transition(
    snapshot: AnyMachineSnapshot,
    event: EventObject,
    scope: AnyActorScope,
  ): AnyMachineSnapshot {
    const next = super.transition(snapshot, event, scope) as AnyMachineSnapshot
    // What a child failed with, nobody handled. Thrown, it leaves the last good snapshot with its children.
    if (next.status === 'error') throw next.error
    return next
  }
}

function boundedParts({ config, implementations }: AnyStateMachine): [Config, Implementations] {
  const options = { maxIterations: MAX_ITERATIONS, ...config.options }
  const actors = mapped(implementations.actors, bounded)
  return [{ ...boundedNode(config as Node), options } as Config, { ...implementations, actors }]
}

/** Machines that it invokes are bounded too; anything else is left as it is. */
function bounded<TLogic>(logic: TLogic): TLogic {
  if (!(logic instanceof StateMachine)) return logic
  // The copy of a machine is a machine of the same type.
  return new BoundedMachine(logic as AnyStateMachine) as TLogic
}

interface Node {
  readonly states?: Readonly<Record<string, Node>> | undefined
  readonly invoke?: Invoke | readonly Invoke[] | undefined
}

interface Invoke {
  readonly src: unknown
}

function boundedNode<TNode extends Node>(node: TNode): TNode {
  const { states, invoke } = node
  return {
    ...node,
    ...(states && { states: mapped(states, boundedNode) }),
    ...(invoke && { invoke: [invoke].flat().map(boundedInvoke) }),
  }
}

function boundedInvoke(invoke: Invoke): Invoke {
  return { ...invoke, src: bounded(invoke.src) }
}

function mapped<TMember>(
  members: Readonly<Record<string, TMember>>,
  map: (member: TMember) => TMember,
): Record<string, TMember> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member)]))
}
