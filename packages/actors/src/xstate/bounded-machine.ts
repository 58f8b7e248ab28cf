import { StateMachine } from 'xstate'
import type { AnyStateMachine } from 'xstate'

/** XState goes round in circles for ever unless it is told when to stop. */
const MAX_ITERATIONS = 1_000

type Config = AnyStateMachine['config']
type Implementations = AnyStateMachine['implementations']

/** What makes a machine, and what it is made with, so that it ends an endless loop of `always` with an error. */
export function boundedParts({ config, implementations }: AnyStateMachine): [Config, Implementations] {
  const options = { maxIterations: MAX_ITERATIONS, ...config.options }
  const actors = mapped(implementations.actors, bounded)
  return [{ ...boundedNode(config as Node), options } as Config, { ...implementations, actors }]
}

/** Machines that it invokes are bounded too; anything else is left as it is. */
function bounded<TLogic>(logic: TLogic): TLogic {
  if (!(logic instanceof StateMachine)) return logic
  // The copy of a machine is a machine of the same type.
  return new StateMachine(...boundedParts(logic as AnyStateMachine)) as TLogic
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
