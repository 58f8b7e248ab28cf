import { StoreError } from '@livestore-kv/core'
import type { HoldOptions, LiveValueTypes, TurnOptions } from '@livestore-kv/core'
import type { Activity } from './activity.ts'
import type { EntryActor } from './entry-actor.ts'
import { EntryGuard } from './entry-guard.ts'
import { Mailbox } from './mailbox.ts'
import { Patience } from './patience.ts'
import type { ShardSupervisor } from './shard-supervisor.ts'
import type { StoreContext } from './store-context.ts'
import { Waiter } from './waiter.ts'

/** Gives out turns: one caller at a time per entry, first come first served, and nobody past a guard. */
export class Turns<T extends LiveValueTypes> {
  readonly #context: StoreContext<T>
  readonly #patience: Patience<T>
  #token = 0

  constructor(context: StoreContext<T>) {
    this.#context = context
    this.#patience = new Patience(context.options.clock, (waiter) => this.#giveUp(waiter))
  }

  /** Whether a call may act on the entry at once. */
  isFree({ activity }: EntryActor<T>): boolean {
    return (activity === undefined || !activity.isTaken) && !this.#context.teller.telling
  }

  /**
   * Runs `perform` when it is the caller's turn: at once if the entry is free, or under the caller's own token.
   * `gone` answers a caller whose incarnation ended while it waited.
   *
   * @throws StoreError `GUARD_RELEASED`, `MAILBOX_FULL`; the promise rejects with `WAIT_TIMEOUT`, `STORE_CLOSED`
   */
  take<R>(
    actor: EntryActor<T>,
    options: TurnOptions | undefined,
    perform: () => R,
    gone: () => R | Promise<R>,
  ): R | Promise<R> {
    const token = options?.token
    if (token === undefined) return this.isFree(actor) ? perform() : this.#wait(actor, options, perform, gone)
    if (actor.activity?.guard?.token === token) return perform()
    throw new StoreError('GUARD_RELEASED', `token ${token} does not hold entry ${actor.entry.key}`)
  }

  /** Gives the free entry to a new guard. */
  hold(shard: ShardSupervisor<T>, actor: EntryActor<T>, options: HoldOptions | undefined): EntryGuard<T> {
    const guard = new EntryGuard(this.#context, shard, actor, ++this.#token, options)
    actor.wakeUp().guard = guard
    this.tellLock(actor, guard)
    return guard
  }

  tellLock(actor: EntryActor<T>, guard: EntryGuard<T>): void {
    if (!this.#context.isWatched(actor.activity)) return
    this.#context.tell(actor.activity, { type: 'lock', key: actor.entry.key, ...guard.info })
  }

  /** Takes the entry from its guard and gives it to whoever waits next. */
  release(actor: EntryActor<T>): void {
    const { activity } = actor
    if (activity === undefined) return
    activity.guard = undefined
    if (this.#context.isWatched(activity)) {
      this.#context.tell(activity, { type: 'unlock', key: actor.entry.key })
    }
    this.#serve(actor)
  }

  /** After the activity of an incarnation: its guard is told that it is lost, each waiter is settled, in order. */
  end({ guard, mailbox }: Activity<T>, settle: (waiter: Waiter<T>) => void): void {
    guard?.lose()
    for (let waiter = mailbox?.shift(); waiter; waiter = mailbox?.shift()) {
      this.#patience.delete(waiter)
      settle(waiter)
    }
  }

  close(): void {
    this.#patience.close()
  }

  #wait<R>(
    actor: EntryActor<T>,
    options: TurnOptions | undefined,
    perform: () => R,
    gone: () => R | Promise<R>,
  ): Promise<R> {
    const { clock, mailboxCapacity, waitTimeoutMs } = this.#context.options
    const signal = options?.signal
    signal?.throwIfAborted()
    const mailbox = (actor.wakeUp().mailbox ??= new Mailbox())
    if (mailbox.size >= mailboxCapacity) {
      throw new StoreError('MAILBOX_FULL', `${mailboxCapacity} callers wait for entry ${actor.entry.key}`)
    }
    const timeoutMs = options?.timeoutMs ?? waitTimeoutMs
    const waiter = new Waiter(actor, perform, gone, { now: clock.now(), timeoutMs })
    if (signal) waiter.listen(signal, () => this.#leave(waiter, signal.reason))
    mailbox.push(waiter)
    this.#patience.add(waiter)
    // A turn that only the telling puts off comes as soon as everybody has been told.
    if (this.#context.teller.telling) this.#context.teller.enqueue(() => this.#serve(actor))
    // Both `perform` and `gone` answer it with an R.
    return waiter.promise as Promise<R>
  }

  #serve(actor: EntryActor<T>): void {
    const { activity } = actor
    while (activity?.guard === undefined && actor.activity === activity) {
      const waiter = activity?.mailbox?.shift()
      if (waiter === undefined) break
      this.#patience.delete(waiter)
      waiter.run()
    }
    actor.rest()
  }

  #giveUp(waiter: Waiter<T>): void {
    const { entry, activity } = waiter.actor
    const holder = activity?.guard?.info.holder ?? 'somebody'
    this.#leave(
      waiter,
      new StoreError(
        'WAIT_TIMEOUT',
        `waited ${waiter.timeoutMs} ms for entry ${entry.key}, which ${holder} holds`,
      ),
    )
  }

  #leave(waiter: Waiter<T>, reason: unknown): void {
    const { actor } = waiter
    if (!actor.activity?.mailbox?.delete(waiter)) return
    this.#patience.delete(waiter)
    waiter.fail(reason)
    actor.rest()
  }
}
