import type { AnyActorRef, AnyMachineSnapshot, EventObject } from 'xstate'
import type { TransitionCause } from '@livestore-kv/core'
import { Delay } from './delay.ts'
import { HostedActor } from './hosted-actor.ts'
import type { MachineHost } from './machine-host.ts'
import { save } from './saved-machine.ts'
import type { Job, SavedMachine } from './saved-machine.ts'
import { hearEmitted, inspectEvent, relay } from './xstate-insides.ts'

/** Whom a life belongs to: told when something happened in it that has yet to be carried out. */
interface Owner {
  wake(life: Life): void
}

/** Without a listener for errors, XState would throw them where they end the process. */
const UNHEARD = { error: () => {} }

/** What a life begins with. */
export type Origin = { readonly input: unknown } | { readonly snapshot: SavedMachine }

/**
 * One run of a machine: its actor, what happened to it and waits to be carried out, and the delays of it and its
 * children, which are XState's scheduler here. It ends by {@link stop}, and nothing outlives it.
 */
export class Life {
  readonly actor: HostedActor
  readonly jobs: Job[] = []
  readonly delays: Delay[] = []
  /** Whether the event that was processed last selected a transition. */
  accepted = false
  /** Whether an event is just being processed. */
  isBusy = false
  readonly #host: MachineHost
  #emitted: EventObject[] | undefined = undefined
  #owner: Owner | undefined = undefined
  #isOver = false

  constructor(host: MachineHost, key: string, origin: Origin) {
    this.#host = host
    const { machine, clock, inspect } = host
    this.actor = new HostedActor(machine, {
      id: key,
      life: this,
      clock,
      ...(inspect && { inspect }),
      ...origin,
    })
    this.actor.system.scheduler = this
    this.actor.subscribe(UNHEARD)
    hearEmitted(this.actor, (event) => void (this.#emitted ??= []).push(event))
  }

  get snapshot(): AnyMachineSnapshot {
    return this.actor.getSnapshot() as AnyMachineSnapshot
  }

  get now(): number {
    return this.#host.delays.now()
  }

  /** Runs the first actions and starts the children. */
  start(owner: Owner): void {
    this.#owner = owner
    this.#work(() => this.actor.start())
  }

  /** Processes `event`, to the end of its macrostep. */
  process(event: EventObject): void {
    this.accepted = false
    this.isBusy = true
    try {
      this.actor.process(event)
    } finally {
      this.isBusy = false
    }
  }

  /** What it emitted since this was asked last. */
  takeEmitted(): readonly EventObject[] | undefined {
    const emitted = this.#emitted
    this.#emitted = undefined
    return emitted
  }

  /** Shows an event that a caller sent. */
  inspect(event: EventObject): void {
    if (this.#host.inspect) inspectEvent(undefined, this.actor, event)
  }

  /** Takes what the machine, a child or anybody else sent to it: a job of its own. */
  receive(event: EventObject, cause: TransitionCause = causeOf(event)): void {
    if (this.#isOver) return
    this.jobs.push({ event, cause })
    if (!this.isBusy) this.#owner?.wake(this)
  }

  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id?: string): void {
    this.#loosen(source, id)
    const due = new Delay(this, this.now + Math.max(0, delay), { source, target, event, id })
    this.delays.push(due)
    this.#host.delays.add(due)
  }

  cancel(source: AnyActorRef, id: string): void {
    const due = this.delays.find((each) => each.source === source && each.id === id && !each.isLoose)
    if (due) this.#forget(due)
  }

  cancelAll(source: AnyActorRef): void {
    // Its own end with it, and if it fails they are still wanted.
    if (source === this.actor) return
    for (const due of this.delays.filter((each) => each.source === source)) this.#forget(due)
  }

  /** The time of `due` has come. */
  ring(due: Delay): void {
    this.#forget(due)
    this.#loosen(due.source, due.id)
    const { source, target, event } = due
    try {
      if (target !== this.actor) return relay(source, target, event)
      if (this.#host.inspect) inspectEvent(source, target, event)
      this.receive(event, 'delay')
    } catch (error) {
      this.#host.reportError(error)
    }
  }

  /** How it stands, or stood at `snapshot`. */
  save(snapshot: AnyMachineSnapshot = this.snapshot): SavedMachine {
    return save(this, snapshot)
  }

  /** Ends it, with `others` of its children that its last snapshot may not know any more. */
  stop(others: readonly AnyActorRef[] = []): void {
    this.#isOver = true
    this.#owner = undefined
    for (const due of this.delays.splice(0)) this.#host.delays.delete(due)
    const children = new Set([...this.actor.children, ...others])
    this.#work(() => {
      this.actor.stop()
      this.actor.stopAll(children)
    })
    this.jobs.length = 0
  }

  #work(task: () => unknown): void {
    const wasBusy = this.isBusy
    this.isBusy = true
    try {
      task()
    } finally {
      this.isBusy = wasBusy
    }
  }

  #forget(due: Delay): void {
    this.#host.delays.delete(due)
    const at = this.delays.indexOf(due)
    if (at >= 0) this.delays.splice(at, 1)
  }

  /** As XState does: only the newest delay of a name can be cancelled by it, and none once one of them is over. */
  #loosen(source: AnyActorRef, id: string | undefined): void {
    if (id === undefined) return
    for (const each of this.delays) if (each.source === source && each.id === id) each.isLoose = true
  }
}

function causeOf({ type }: EventObject): TransitionCause {
  if (type.startsWith('xstate.done.')) return 'done'
  return type.startsWith('xstate.error.') ? 'error' : 'actor'
}
