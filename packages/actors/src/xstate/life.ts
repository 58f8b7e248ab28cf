import type { AnyActorRef, AnyMachineSnapshot, EventObject } from 'xstate'
import { StoreError } from '@livestore-kv/core'
import { Delay } from './delay.ts'
import type { Delayed } from './delay.ts'
import { childrenOf, HostedActor } from './hosted-actor.ts'
import { beginsOrEnds, causeOf, sourceOf, typeOf } from './job.ts'
import type { Job } from './job.ts'
import type { MachineHost } from './machine-host.ts'
import type { SavedMachine } from './saved-machine.ts'
import { wreckOf } from './wreck.ts'
import type { Wreck } from './wreck.ts'
import { hearEmitted, inspectEvent, relay, stopChild } from './xstate-insides.ts'

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
  /** What was selected of the snapshot that the last transition led to. */
  value: unknown = undefined
  /** Whether an event is just being processed. */
  isBusy = false
  /** What a child is just being sent, its time having come. */
  ringing: Delay | undefined = undefined
  readonly #host: MachineHost
  #emitted: EventObject[] | undefined = undefined
  #wrecks: WeakMap<AnyActorRef, Wreck> | undefined = undefined
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
    this.isBusy = true
    try {
      this.actor.process(event)
    } finally {
      this.isBusy = false
    }
  }

  /** Makes the value of `snapshot`, which has yet to become that of the machine. */
  select(snapshot: AnyMachineSnapshot): void {
    this.value = this.#host.valueOf(snapshot)
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
  receive(event: EventObject): void {
    if (!this.#isOver) this.#await({ event, cause: causeOf(event), child: this.#childOf(event) })
  }

  /** Takes what waited when it was saved, as what happened first. */
  recall(jobs: readonly Job[]): void {
    const since = this.jobs.splice(0)
    for (const { event, cause } of jobs) this.jobs.push({ event, cause, child: this.#childOf(event) })
    for (const job of since) this.jobs.push(job)
  }

  /** The next of what waits, without the word of a child that was stopped meanwhile: another may have its name. */
  nextJob(): Job | undefined {
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) {
      if (job.child === this.#childOf(job.event)) return job
    }
    return undefined
  }

  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id?: string): void {
    // What is no number is none, as to a timer.
    const lengthMs = delay > 0 ? delay : 0
    this.delay({ source, target, event, id, lengthMs }, lengthMs)
  }

  /** Has what is `delayed` sent in `remainingMs`. */
  delay(delayed: Delayed, remainingMs: number): void {
    // A change that ended its own entry may come by here.
    if (this.#isOver) return
    this.#loosen(delayed.source, delayed.id)
    const due = new Delay(this, this.now + remainingMs, delayed)
    this.delays.push(due)
    this.#host.delays.add(due)
  }

  cancel(source: AnyActorRef, id: string): void {
    const due = this.#named(source, id).find(({ isLoose }) => !isLoose)
    if (due) this.#forget(due)
  }

  /** XState's word that `source` ends. */
  cancelAll(source: AnyActorRef): void {
    // Its own end with it, and if it fails they are still wanted.
    if (source === this.actor) return
    if ((source.getSnapshot() as { status?: unknown } | undefined)?.status === 'error') this.#mourn(source)
    for (const due of this.delays.filter((each) => each.source === source)) this.#forget(due)
  }

  /** The time of `due` has come. */
  ring(due: Delay): void {
    this.#forget(due)
    this.#loosen(due.source, due.id)
    const { source, target, event } = due
    try {
      if (target !== this.actor) {
        this.ringing = due
        return relay(source, target, event)
      }
      if (this.#host.inspect) inspectEvent(source, target, event)
      this.#await(due)
    } catch (error) {
      this.#host.reportError(error)
    } finally {
      this.ringing = undefined
    }
  }

  /** How an actor below its own stood when it failed, if it did. */
  wreckOf(descendant: AnyActorRef): Wreck | undefined {
    return this.#wrecks?.get(descendant)
  }

  /** Ends it, with `others` of its children that its last snapshot may not know any more. */
  stop(others: readonly AnyActorRef[] = []): void {
    this.#isOver = true
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

  #await(job: Job): void {
    const type = typeOf(job.event)
    if (beginsOrEnds(type)) {
      const unknown = new StoreError('UNKNOWN_MUTATION', `${type} is nobody's to send`)
      return this.#host.reportError(unknown)
    }
    this.jobs.push(job)
    if (!this.isBusy) this.#owner?.wake(this)
  }

  /** The child, of those that there are now, whose outcome or snapshot `event` is. */
  #childOf(event: EventObject): AnyActorRef | undefined {
    const id = sourceOf(event)
    return id === undefined ? undefined : this.actor.children.find((child) => child.id === id)
  }

  /** A child, or a child of one, failed: how it stood is kept, and its own children are stopped, which XState forgets. */
  #mourn(source: AnyActorRef): void {
    try {
      ;(this.#wrecks ??= new WeakMap()).set(source, wreckOf(this, source))
    } catch {
      // What cannot be saved is not begun again.
    }
    for (const child of childrenOf(source.getSnapshot() as AnyMachineSnapshot)) stopChild(source, child)
  }

  #forget(due: Delay): void {
    this.#host.delays.delete(due)
    remove(this.delays, due)
    remove(this.jobs, due)
  }

  /** As XState does: only the newest delay of a name can be cancelled by it, and none once one of them is over. */
  #loosen(source: AnyActorRef, id: string | undefined): void {
    if (id === undefined) return
    for (const each of this.#named(source, id)) each.isLoose = true
  }

  /** Those that are running, and those that are over and have yet to be carried out. */
  #named(source: AnyActorRef, id: string): Delay[] {
    const waiting = this.jobs.filter((job) => job instanceof Delay)
    return [...this.delays, ...waiting].filter((each) => each.source === source && each.id === id)
  }
}

function remove<TItem>(items: TItem[], item: TItem): void {
  const at = items.indexOf(item)
  if (at >= 0) items.splice(at, 1)
}
