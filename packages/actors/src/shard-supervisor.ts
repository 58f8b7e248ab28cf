import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryKey,
  HoldOptions,
  LiveValueTypes,
  MessageOf,
  MutationOf,
  RemoveReason,
  Result,
  TurnOptions,
  ValueOf,
} from '@livestore-kv/core'
import { Activity } from './activity.ts'
import { EntryActor } from './entry-actor.ts'
import { EntryGuard } from './entry-guard.ts'
import { deepFreeze } from './freeze.ts'
import { successor } from './store-context.ts'
import type { StoreContext } from './store-context.ts'
import { TimingWheel } from './timing-wheel.ts'
import { Waiter } from './waiter.ts'
import { Watch } from './watch.ts'
import type { WatchSource } from './watch.ts'

/** Owns the actors of one part of the keys: creates them, gives out their turns, stops them. */
export class ShardSupervisor<T extends LiveValueTypes> {
  readonly actors = new Map<EntryKey, EntryActor<T>>()
  readonly #context: StoreContext<T>
  readonly #wheel: TimingWheel<EntryActor<T>>
  /** Watches of keys that do not exist yet. */
  readonly #awaiting = new Map<EntryKey, Set<Watch<T>>>()

  constructor(context: StoreContext<T>) {
    this.#context = context
    this.#wheel = new TimingWheel(context.options.sweepMs)
  }

  // Changes

  create(key: EntryKey, value: ValueOf<T>): Entry<T> {
    const context = this.#context
    if (context.count >= context.options.maxEntries) {
      throw new StoreError(
        'STORE_FULL',
        `the ${context.definition.name} store holds ${context.count} entries, its maxEntries`,
      )
    }
    const now = context.options.clock.now()
    const entry: Entry<T> = {
      key,
      epoch: context.nextEpoch(),
      value: this.#sealed(value),
      version: 1,
      createdAt: now,
      changedAt: now,
    }
    const actor = new EntryActor(entry)
    this.actors.set(key, actor)
    context.count++
    this.#file(actor)

    const awaiting = this.#awaiting.get(key)
    if (awaiting) {
      this.#awaiting.delete(key)
      for (const watch of awaiting) this.activityOf(actor).watches.add(watch)
    }
    context.tell(awaiting && new Set(awaiting), { type: 'create', key, entry })
    return entry
  }

  mutate(actor: EntryActor<T>, mutation: MutationOf<T>): Result<Entry<T>, T['error']> {
    const old = actor.entry
    const result = this.#context.handle(() => this.#context.definition.mutate(old, mutation))
    if (!result.ok) return result

    const entry = this.#commit(actor, result.value)
    this.#context.tell(actor.activity?.watches, { type: 'mutate', key: old.key, mutation, new: entry, old })
    return { ok: true, value: entry }
  }

  overwrite(actor: EntryActor<T>, value: ValueOf<T>, message: MessageOf<T> | undefined): Entry<T> {
    const old = actor.entry
    const { activity } = actor
    if (activity) activity.expiresAt = undefined
    const entry = this.#commit(actor, value)
    this.#context.tell(activity?.watches, {
      type: 'overwrite',
      key: old.key,
      new: entry,
      old,
      ...(message !== undefined && { message }),
    })
    return entry
  }

  /** Ends the incarnation: who waited for it is answered, its guard is lost, its watches end. */
  remove(actor: EntryActor<T>, reason: RemoveReason, message?: MessageOf<T>): Entry<T> {
    const { entry, activity } = actor
    this.actors.delete(entry.key)
    this.#context.count--
    this.#wheel.unfile(actor)
    actor.activity = undefined

    const watches = activity?.watches
    const lasting = watches && [...watches].filter((watch) => watch.awaitsCreation)
    if (lasting && lasting.length > 0) this.#awaiting.set(entry.key, new Set(lasting))

    this.#context.tell(watches, {
      type: 'remove',
      key: entry.key,
      old: entry,
      reason,
      ...(message !== undefined && { message }),
    })
    if (watches && watches.size > 0) {
      this.#context.teller.enqueue(() => {
        for (const watch of watches) if (!watch.awaitsCreation) watch.end()
      })
    }
    activity?.guard?.lose()
    for (let waiter = activity?.mailbox.shift(); waiter; waiter = activity?.mailbox.shift()) {
      this.#context.patience.delete(waiter)
      waiter.handlers.gone()
    }
    return entry
  }

  #commit(actor: EntryActor<T>, value: ValueOf<T>): Entry<T> {
    const { activity } = actor
    if (activity) activity.touchedAt = undefined
    actor.entry = successor(actor.entry, this.#sealed(value), this.#context.options.clock.now())
    return actor.entry
  }

  #sealed(value: ValueOf<T>): ValueOf<T> {
    return this.#context.options.freeze === 'deep' ? deepFreeze(value) : value
  }

  // Turns

  /**
   * Runs `perform` when it is the caller's turn: at once if nobody holds or awaits the entry.
   * `gone` answers a caller whose incarnation ended while it waited.
   */
  inTurn<R>(
    actor: EntryActor<T>,
    options: TurnOptions | undefined,
    perform: () => R,
    gone: () => R | Promise<R>,
  ): R | Promise<R> {
    const { activity } = actor
    if (options?.token !== undefined) {
      if (activity?.guard?.token !== options.token) throw this.#released(actor.entry.key)
      return perform()
    }
    const busy = activity !== undefined && (activity.guard !== undefined || activity.mailbox.size > 0)
    if (!busy && !this.#context.teller.telling) return perform()
    return this.#wait(actor, options, perform, gone)
  }

  hold(actor: EntryActor<T>, options: HoldOptions | undefined): EntryGuard<T> {
    const activity = this.activityOf(actor)
    const guard = new EntryGuard(this.#context, this, actor, options)
    activity.guard = guard
    this.tellLock(actor, guard)
    return guard
  }

  tellLock(actor: EntryActor<T>, guard: EntryGuard<T>): void {
    if (!this.#isWatched(actor)) return
    this.#context.tell(actor.activity?.watches, { type: 'lock', key: actor.entry.key, ...guard.info })
  }

  #isWatched({ activity }: EntryActor<T>): boolean {
    return this.#context.storeWatches.size > 0 || (activity !== undefined && activity.watches.size > 0)
  }

  broadcast(actor: EntryActor<T>, message: MessageOf<T>): void {
    const { entry, activity } = actor
    this.#context.tell(activity?.watches, { type: 'message', key: entry.key, message, entry })
  }

  /** The guard gives its turn to whoever waits next. */
  release(actor: EntryActor<T>): void {
    const { activity } = actor
    if (activity === undefined) return
    activity.guard = undefined
    if (this.#isWatched(actor)) this.#context.tell(activity.watches, { type: 'unlock', key: actor.entry.key })
    this.#drain(actor)
  }

  #wait<R>(
    actor: EntryActor<T>,
    options: TurnOptions | undefined,
    perform: () => R,
    gone: () => R | Promise<R>,
  ): Promise<R> {
    const { clock, mailboxCapacity, waitTimeoutMs } = this.#context.options
    const { key } = actor.entry
    const activity = this.activityOf(actor)
    const signal = options?.signal
    signal?.throwIfAborted()
    if (activity.mailbox.size >= mailboxCapacity) {
      throw new StoreError('MAILBOX_FULL', `${mailboxCapacity} callers wait for entry ${key} already`)
    }
    const timeoutMs = options?.timeoutMs ?? waitTimeoutMs

    return new Promise<R>((resolve, reject) => {
      const settle = (): void => signal?.removeEventListener('abort', abort)
      const waiter: Waiter = new Waiter(
        {
          run: () => {
            settle()
            try {
              resolve(perform())
            } catch (error) {
              reject(error)
            }
          },
          gone: () => {
            settle()
            try {
              resolve(gone())
            } catch (error) {
              reject(error)
            }
          },
          fail: (error) => {
            settle()
            reject(error)
          },
          late: () => {
            leave(
              new StoreError(
                'WAIT_TIMEOUT',
                `waited ${timeoutMs} ms for entry ${key}, which ${activity.guard?.info.holder ?? 'somebody'} holds`,
              ),
            )
          },
        },
        clock.now() + timeoutMs,
      )
      const leave = (error: unknown): void => {
        if (!activity.mailbox.delete(waiter)) return
        this.#context.patience.delete(waiter)
        waiter.handlers.fail(error)
        this.#rest(actor)
      }
      const abort = (): void => leave(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      activity.mailbox.push(waiter)
      this.#context.patience.add(waiter)
      // A turn that is only deferred by the telling comes as soon as everybody has been told.
      if (this.#context.teller.telling) this.#context.teller.enqueue(() => this.#drain(actor))
    })
  }

  #drain(actor: EntryActor<T>): void {
    const { activity } = actor
    if (activity === undefined) return
    while (activity.guard === undefined && actor.activity === activity) {
      const waiter = activity.mailbox.shift()
      if (waiter === undefined) break
      this.#context.patience.delete(waiter)
      waiter.handlers.run()
    }
    this.#rest(actor)
  }

  // Watches

  watch(actor: EntryActor<T>, awaitsCreation: boolean): Watch<T> {
    const { key } = actor.entry
    const watch: Watch<T> = new Watch(key, this.#source(key), awaitsCreation)
    this.activityOf(actor).watches.add(watch)
    return watch
  }

  watchAwaited(key: EntryKey): Watch<T> {
    const watch: Watch<T> = new Watch(key, this.#source(key), true)
    const awaiting = this.#awaiting.get(key) ?? new Set()
    this.#awaiting.set(key, awaiting.add(watch))
    return watch
  }

  #source(key: EntryKey): WatchSource<T> {
    const context = this.#context
    return {
      capacity: context.options.channelCapacity,
      position: context.position,
      current: () => this.actors.get(key)?.entry,
      lock: () => this.actors.get(key)?.activity?.guard?.info,
      detach: (watch) => {
        const actor = this.actors.get(key)
        actor?.activity?.watches.delete(watch)
        if (actor) this.#rest(actor)
        const awaiting = this.#awaiting.get(key)
        if (awaiting?.delete(watch) && awaiting.size === 0) this.#awaiting.delete(key)
      },
      onError: (error) => context.reportError(error),
    }
  }

  // Deadlines

  get hasDeadlines(): boolean {
    return !this.#wheel.isEmpty
  }

  /** When the entry expires unless it changes (milliseconds since 1970); `undefined` = never. */
  deadline({ entry, activity }: EntryActor<T>): number | undefined {
    const timeoutMs = this.#context.options.expiry?.timeoutMs ?? Infinity
    const idle = (activity?.touchedAt ?? entry.changedAt) + timeoutMs
    const deadline = Math.min(idle, activity?.expiresAt ?? Infinity)
    return deadline === Infinity ? undefined : deadline
  }

  touch(actor: EntryActor<T>): void {
    this.activityOf(actor).touchedAt = this.#context.options.clock.now()
    this.#tellDeadline(actor)
  }

  expireIn(actor: EntryActor<T>, ms: number | undefined): void {
    this.activityOf(actor).expiresAt = ms === undefined ? undefined : this.#context.options.clock.now() + ms
    this.#wheel.unfile(actor)
    this.#file(actor)
    this.#tellDeadline(actor)
    this.#rest(actor)
  }

  /** Looks at no more than `limit` due actors; answers how many it looked at, and the entries that expired. */
  sweep(limit: number): { readonly looked: number; readonly expired: readonly Entry<T>[] } {
    const now = this.#context.options.clock.now()
    const expired: Entry<T>[] = []
    let looked = 0
    for (; looked < limit; looked++) {
      const actor = this.#wheel.takeDue(now)
      if (actor === undefined) break
      if (this.#isKept(actor, now)) this.#file(actor, now)
      else expired.push(this.remove(actor, 'expired'))
    }
    return { looked, expired }
  }

  #isKept(actor: EntryActor<T>, now: number): boolean {
    const { entry, activity } = actor
    if ((this.deadline(actor) ?? Infinity) > now || activity?.guard) return true
    const keepWhile = this.#context.options.expiry?.keepWhile
    if (keepWhile === undefined) return false
    try {
      return this.#context.handle(() => keepWhile(entry, { watchers: activity?.watches.size ?? 0 }))
    } catch (error) {
      this.#context.reportError(error)
      return true
    }
  }

  /** Files an actor for its deadline, or, when it was kept past that, for the next sweep. */
  #file(actor: EntryActor<T>, now = -Infinity): void {
    const deadline = this.deadline(actor)
    if (deadline === undefined) return
    this.#wheel.file(actor, deadline > now ? deadline : now + this.#context.options.sweepMs)
    this.#context.scheduleSweep()
  }

  #tellDeadline(actor: EntryActor<T>): void {
    const expiresAt = this.deadline(actor)
    this.#context.tell(actor.activity?.watches, { type: 'deadline', key: actor.entry.key, expiresAt })
  }

  // Activity

  activityOf(actor: EntryActor<T>): Activity<T> {
    return (actor.activity ??= new Activity())
  }

  #rest(actor: EntryActor<T>): void {
    if (actor.activity?.isOver) actor.activity = undefined
  }

  /** Ends everything: guards are lost, waiters fail, watches get `remove: closed`. */
  close(error: StoreError): void {
    for (const actor of this.actors.values()) {
      const { activity, entry } = actor
      this.#wheel.unfile(actor)
      if (activity === undefined) continue
      actor.activity = undefined
      activity.guard?.lose()
      for (let waiter = activity.mailbox.shift(); waiter; waiter = activity.mailbox.shift()) {
        this.#context.patience.delete(waiter)
        waiter.handlers.fail(error)
      }
      this.#context.tell(activity.watches, { type: 'remove', key: entry.key, old: entry, reason: 'closed' })
      this.#context.teller.enqueue(() => {
        for (const watch of activity.watches) watch.end()
      })
    }
    for (const watches of this.#awaiting.values()) for (const watch of watches) watch.end()
    this.#awaiting.clear()
  }

  #released(key: EntryKey): StoreError {
    return new StoreError('GUARD_RELEASED', `the token does not hold entry ${key}`)
  }
}
