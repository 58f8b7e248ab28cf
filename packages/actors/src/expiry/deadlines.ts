import type { LiveValueTypes } from '@livestore-kv/core'
import type { EntryActor } from '../entries/entry-actor.ts'
import type { StoreContext } from '../store-context.ts'
import { TimingWheel } from './timing-wheel.ts'
import type { Looks } from './timing-wheel.ts'

/** When the entries of one shard expire; a change only says in which slot the entry is looked at next. */
export class Deadlines<T extends LiveValueTypes> {
  readonly #context: StoreContext<T>
  readonly #wheel: TimingWheel<EntryActor<T>>
  readonly #timeoutMs: number

  constructor(context: StoreContext<T>) {
    this.#context = context
    this.#timeoutMs = context.options.expiry?.timeoutMs ?? Infinity
    this.#wheel = new TimingWheel(context.slots)
  }

  get isEmpty(): boolean {
    return this.#wheel.isEmpty
  }

  /** When the entry expires unless it changes (milliseconds since 1970); `undefined` = never. */
  of({ entry, activity }: EntryActor<T>): number | undefined {
    const idle = (activity?.touchedAt ?? entry.changedAt) + this.#timeoutMs
    const deadline = Math.min(idle, activity?.expiresAt ?? Infinity)
    return deadline === Infinity ? undefined : deadline
  }

  /** Restarts the idle clock. */
  touch(actor: EntryActor<T>): void {
    // Where nothing is idle too long, there is nothing to remember.
    if (this.#context.options.expiry) actor.wakeUp().touchedAt = this.#context.options.clock.now()
    this.#tell(actor)
  }

  /** Gives the entry a deadline of its own, `ms` milliseconds from now, or takes it back. */
  set(actor: EntryActor<T>, ms: number | undefined): void {
    actor.wakeUp().expiresAt = ms === undefined ? undefined : this.#context.options.clock.now() + ms
    this.forget(actor)
    this.file(actor)
    this.#tell(actor)
    actor.rest()
  }

  /** Has the actor looked at when its time comes; if it was kept past that (`now`), by the next sweep. */
  file(actor: EntryActor<T>, now = -Infinity): void {
    const deadline = this.of(actor)
    if (deadline === undefined) return
    this.#wheel.file(actor, deadline > now ? deadline : now + this.#context.options.sweepMs)
    this.#context.sweeper.schedule()
  }

  forget(actor: EntryActor<T>): void {
    this.#wheel.unfile(actor)
  }

  /** Unfiles the next entry that is overdue at `now`, looking at no more than `looks` allow. */
  takeOverdue(now: number, looks: Looks): EntryActor<T> | undefined {
    for (let actor; (actor = this.#wheel.takeDue(now, looks));) {
      const deadline = this.of(actor) ?? Infinity
      if (deadline <= now) return actor
      if (deadline < Infinity) this.#wheel.file(actor, deadline)
    }
    return undefined
  }

  #tell(actor: EntryActor<T>): void {
    if (!this.#context.isWatched(actor.activity)) return
    const expiresAt = this.of(actor)
    this.#context.tell(actor.activity, { type: 'deadline', key: actor.entry.key, expiresAt })
  }
}
