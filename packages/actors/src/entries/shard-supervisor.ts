import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryKey,
  InputOf,
  LiveValueTypes,
  MessageOf,
  OutputOf,
  RemoveReason,
  WatchOptions,
} from '@livestore-kv/core'
import { Deadlines } from '../expiry/deadlines.ts'
import type { Looks } from '../expiry/timing-wheel.ts'
import type { StoreContext } from '../store-context.ts'
import { Watch } from '../watches/watch.ts'
import type { WatchSource } from '../watches/watch.ts'
import type { Activity } from './activity.ts'
import type { EntryActor } from './entry-actor.ts'
import { EntrySnapshot } from './entry-snapshot.ts'

/** What is told of an entry besides that it is gone. */
export interface LastWords<T extends LiveValueTypes> {
  readonly message?: MessageOf<T>
  readonly output?: OutputOf<T>
}

/** Owns the actors of one part of the keys: creates them, expires them, stops them. */
export class ShardSupervisor<T extends LiveValueTypes> {
  readonly deadlines: Deadlines<T>
  readonly #context: StoreContext<T>
  /** The newest snapshot of each entry, and with it its actor. */
  readonly entries: ReadonlyMap<EntryKey, EntrySnapshot<T>>
  readonly #entries = new Map<EntryKey, EntrySnapshot<T>>()
  /** Watches of keys that do not exist yet. */
  readonly #awaiting = new Map<EntryKey, Set<Watch<T>>>()

  constructor(context: StoreContext<T>) {
    this.#context = context
    this.entries = this.#entries
    this.deadlines = new Deadlines(context)
  }

  /** @throws StoreError `STORE_FULL`, and `REENTRANT` or `STORE_CLOSED` by what makes the value of `input`. */
  create(key: EntryKey, input: InputOf<T>): void {
    const context = this.#context
    context.assertRoom()
    const actor = context.createActor(key, input)
    try {
      this.#assertWelcome(key)
    } catch (error) {
      actor.end(context, 'removed')
      throw error
    }
    this.#entries.set(key, actor.entry)
    context.count++
    this.deadlines.file(actor)

    for (const watch of this.#awaiting.get(key) ?? []) actor.addWatch(watch)
    this.#awaiting.delete(key)
    actor.begin(context)
  }

  /** An entry has a new snapshot. */
  replace(old: EntrySnapshot<T>, entry: EntrySnapshot<T>): void {
    this.#entries.set(entry.key, entry)
    EntrySnapshot.letGo(old)
  }

  /**
   * Ends the incarnation: its watches get the final word, its guard is lost, who waited for it is answered. One that has
   * ended already stays as it is.
   */
  remove(actor: EntryActor<T>, reason: RemoveReason, words?: LastWords<T>): Entry<T> {
    const { entry, activity } = actor
    if (this.#context.closed || !this.#isStored(actor)) return entry
    this.#entries.delete(entry.key)
    EntrySnapshot.letGo(entry)
    this.#context.count--
    this.deadlines.forget(actor)
    // From here on nobody holds it; who is told of the end may start the next incarnation.
    actor.activity = undefined
    const lasting = [...(activity?.watches ?? [])].filter((watch) => watch.awaitsCreation)
    if (lasting.length > 0) this.#awaiting.set(entry.key, new Set(lasting))
    this.#context.teller.settle(() => {
      this.#tellRemoved(entry, activity, reason, words)
      // What it leaves behind may create the key again: that is told afterwards.
      actor.end(this.#context, reason)
    })
    if (activity) this.#context.turns.end(activity, (waiter) => waiter.end())
    return entry
  }

  watch(actor: EntryActor<T>, { awaitCreation = false, signal }: WatchOptions): Watch<T> {
    const { key } = actor.entry
    const source = awaitCreation ? this.#sourceOfKey(key) : this.#sourceOf(actor)
    const watch: Watch<T> = new Watch(key, source, awaitCreation)
    actor.addWatch(watch)
    return watch.closeOn(signal)
  }

  watchAwaited(key: EntryKey, signal: AbortSignal | undefined): Watch<T> {
    const watch: Watch<T> = new Watch(key, this.#sourceOfKey(key), true)
    const awaiting = this.#awaiting.get(key) ?? new Set()
    this.#awaiting.set(key, awaiting.add(watch))
    return watch.closeOn(signal)
  }

  /** Removes what is overdue, and collects it, until it has looked at as many actors as it may. */
  sweep(looks: Looks, expired: Entry<T>[] | undefined): void {
    const now = this.#context.options.clock.now()
    for (let actor; (actor = this.deadlines.takeOverdue(now, looks));) {
      const isKept = this.#isKept(actor)
      // Whoever was asked may have ended it.
      if (!this.#isStored(actor)) continue
      if (isKept) {
        this.deadlines.file(actor, now)
        continue
      }
      const entry = this.remove(actor, 'expired')
      expired?.push(entry)
    }
  }

  /** Ends everything: guards are lost, waiters fail with `error`, watches get `remove: closed`. */
  close(error: StoreError): void {
    for (const entry of this.#entries.values()) {
      const actor = EntrySnapshot.actorOf(entry)
      if (actor === undefined) continue
      const { activity } = actor
      this.deadlines.forget(actor)
      actor.end(this.#context, 'closed')
      if (activity === undefined) continue
      this.#tellRemoved(entry, activity, 'closed')
      this.#context.turns.end(activity, (waiter) => waiter.fail(error))
    }
    this.#context.teller.enqueue(() => {
      for (const watches of this.#awaiting.values()) for (const watch of watches) watch.end()
    })
  }

  /** The store is closed: an entry that somebody keeps keeps nothing else alive. */
  letGo(): void {
    for (const entry of this.#entries.values()) EntrySnapshot.letGo(entry)
  }

  /** What made its value may have run anything. */
  #assertWelcome(key: EntryKey): void {
    this.#context.assertOpen()
    this.#context.assertRoom()
    if (this.#entries.has(key))
      throw new StoreError('REENTRANT', `entry ${key} was created while its value was made`)
  }

  #find(key: EntryKey): EntryActor<T> | undefined {
    const entry = this.#entries.get(key)
    return entry && EntrySnapshot.actorOf(entry)
  }

  #tellRemoved(
    entry: Entry<T>,
    activity: Activity<T> | undefined,
    reason: RemoveReason,
    { message, output }: LastWords<T> = {},
  ): void {
    if (!this.#context.isWatched(activity)) return
    this.#context.tell(activity, {
      type: 'remove',
      key: entry.key,
      old: entry,
      reason,
      ...(message !== undefined && { message }),
      ...(output !== undefined && { output }),
    })
    this.#context.teller.enqueue(() => {
      for (const watch of activity?.watches ?? [])
        if (!watch.awaitsCreation || reason === 'closed') watch.end()
    })
  }

  #isStored(actor: EntryActor<T>): boolean {
    return EntrySnapshot.actorOf(actor.entry) === actor
  }

  #isKept({ entry, activity }: EntryActor<T>): boolean {
    if (activity?.guard) return true
    const keepWhile = this.#context.options.expiry?.keepWhile
    if (keepWhile === undefined) return false
    try {
      return this.#context.handle(() => keepWhile(entry, { watchers: activity?.watches?.size ?? 0 }))
    } catch (error) {
      this.#context.reportError(error)
      return true
    }
  }

  /** What one incarnation has to say, to its end. */
  #sourceOf(actor: EntryActor<T>): WatchSource<T> {
    return {
      ...this.#context.watchSource(),
      current: () => actor.entry,
      lock: () => actor.activity?.guard?.info,
      detach: (watch) => actor.deleteWatch(watch),
    }
  }

  /** What whichever incarnation is the current one has to say. */
  #sourceOfKey(key: EntryKey): WatchSource<T> {
    return {
      ...this.#context.watchSource(),
      current: () => this.#entries.get(key),
      lock: () => this.#find(key)?.activity?.guard?.info,
      detach: (watch) => {
        this.#find(key)?.deleteWatch(watch)
        const awaiting = this.#awaiting.get(key)
        if (awaiting?.delete(watch) && awaiting.size === 0) this.#awaiting.delete(key)
      },
    }
  }
}
