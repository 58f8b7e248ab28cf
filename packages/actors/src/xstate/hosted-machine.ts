import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'
import { StoreError } from '@livestore-kv/core'
import { BoundedMachine } from './bounded-machine.ts'
import type { HostedActor } from './hosted-actor.ts'

type Transitions = ReturnType<AnyStateMachine['getTransitionData']>

/** A machine that says whether it accepted an event. */
export class HostedMachine extends BoundedMachine {
  readonly #types: ReadonlySet<string>
  readonly #wildcards: readonly string[]
  readonly #thrown = new WeakSet<StoreError>()
  /** The event whose transitions are looked for next, and by whom. */
  #event: EventObject | undefined = undefined
  #actor: HostedActor | undefined = undefined

  constructor(machine: AnyStateMachine) {
    super(machine)
    const descriptors = [...eventDescriptors(this.root)]
    this.#types = new Set(descriptors)
    this.#wildcards = descriptors.filter((type) => type === '*' || type.endsWith('.*'))
  }

  /** Whether some state has a transition for events of this type. What XState means something by is nobody's to send. */
  knows(type: unknown): boolean {
    if (typeof type !== 'string' || type === '' || type === '*' || type.startsWith('xstate.')) return false
    return (
      this.#types.has(type) || this.#wildcards.some((pattern) => pattern === '*' || matches(type, pattern))
    )
  }

  override transition(
    snapshot: AnyMachineSnapshot,
    event: EventObject,
    scope: AnyActorScope,
  ): AnyMachineSnapshot {
    // Nothing but a hosted actor runs it.
    const { life } = (this.#actor = scope.self as HostedActor)
    this.#event = event
    try {
      const next = super.transition(snapshot, event, scope)
      // What fails here is a transition that fails: XState has yet to stop and to start anything for it.
      if (next.status !== 'stopped' && (life.accepted || next !== snapshot)) life.select(next)
      return next
    } catch (error) {
      throw this.blame(error)
    } finally {
      // No transitions were looked for where the machine was stopped; it must not be held on to.
      this.#event = this.#actor = undefined
    }
  }

  /** Answers `error`, which its own code threw. */
  blame(error: unknown): unknown {
    if (error instanceof StoreError) this.#thrown.add(error)
    return error
  }

  /** Whether its own code threw `error`: then it is not its store's own, whatever its class. */
  threw(error: unknown): boolean {
    return error instanceof StoreError && this.#thrown.has(error)
  }

  override getTransitionData(snapshot: AnyMachineSnapshot, event: EventObject): Transitions {
    const actor = event === this.#event ? this.#actor : undefined
    // Before the guards run: what they call may come by here.
    if (actor) this.#event = this.#actor = undefined
    const transitions = super.getTransitionData(snapshot, event)
    if (actor)
      actor.life.accepted = transitions.some(
        ({ target, actions }) => target !== undefined || actions.length > 0,
      )
    return transitions
  }
}

function* eventDescriptors(node: AnyStateMachine['root']): Generator<string, undefined> {
  for (const type of node.transitions.keys()) if (!type.startsWith('xstate.')) yield type
  for (const child of Object.values(node.states)) yield* eventDescriptors(child)
}

/** As XState matches them: `a.*` takes `a` and whatever starts with `a.`. */
function matches(type: string, pattern: string): boolean {
  const stem = pattern.slice(0, -2)
  return type === stem || type.startsWith(`${stem}.`)
}
