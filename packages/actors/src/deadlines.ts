import type { LiveValueTypes } from '@livestore-kv/core'
import type { EntryActor } from './entry-actor.ts'
import type { StoreContext } from './store-context.ts'
import { TimingWheel } from './timing-wheel.ts'

/**
 * How many entries are read before they are looked at. They lie anywhere in memory, and a processor that reads them for
 * nothing else waits for all of them at once: 1 M fresh ones are filed again in half the time.
 */
const AHEAD = 32

/** How many entries may still be looked at. */
export interface Looks {
  left: number
}

/**
 * When the entries of one shard expire. Lazy: a change only writes `changedAt`; an entry that turns out fresh when
 * its time comes is filed again.
 */
export class Deadlines<T extends LiveValueTypes> {
  readonly #context: StoreContext<T>
  readonly #wheel: TimingWheel<EntryActor<T>>
  /** The newest change among what was read ahead; public, or nobody would read it, and V8 would not read ahead. */
  newestAhead = 0

  constructor(context: StoreContext<T>) {
    this.#context = context
    this.#wheel = new TimingWheel(context.options.sweepMs)
  }

  get isEmpty(): boolean {
    return this.#wheel.isEmpty
  }

  /** When the entry expires unless it changes (milliseconds since 1970); `undefined` = never. */
  of({ entry, activity }: EntryActor<T>): number | undefined {
    const timeoutMs = this.#context.options.expiry?.timeoutMs ?? Infinity
    const idle = (activity?.touchedAt ?? entry.changedAt) + timeoutMs
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

  /**
   * Unfiles the next entry that is overdue at `now`, looking at no more than `looks` allow; those that turn out fresh on the
   * way are filed again.
   */
  takeOverdue(now: number, looks: Looks): EntryActor<T> | undefined {
    for (let actor; looks.left > 0 && (actor = this.#wheel.takeDue(now));) {
      if (looks.left % AHEAD === 0) this.#readAhead()
      looks.left--
      const deadline = this.of(actor) ?? Infinity
      if (deadline <= now) return actor
      if (deadline < Infinity) this.#wheel.file(actor, deadline)
    }
    return undefined
  }

  #readAhead(): void {
    this.#wheel.lookAhead(AHEAD, ({ entry }) => {
      if (entry.changedAt > this.newestAhead) this.newestAhead = entry.changedAt
    })
  }

  #tell(actor: EntryActor<T>): void {
    if (!this.#context.isWatched(actor.activity)) return
    const expiresAt = this.of(actor)
    this.#context.tell(actor.activity, { type: 'deadline', key: actor.entry.key, expiresAt })
  }
}
