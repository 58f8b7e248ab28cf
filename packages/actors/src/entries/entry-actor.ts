import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  InputOf,
  LiveValueTypes,
  MessageOf,
  MutationOf,
  RemoveReason,
  Result,
  SavedOf,
  ValueOf,
} from '@livestore-kv/core'
import type { WheelNode } from '../expiry/timing-wheel.ts'
import type { StoreContext } from '../store-context.ts'
import type { Watch } from '../watches/watch.ts'
import { isThenable } from '../thenable.ts'
import { Activity } from './activity.ts'
import { EntrySnapshot } from './entry-snapshot.ts'
import type { ShardSupervisor } from './shard-supervisor.ts'

/**
 * Owns the current snapshot of one entry; nothing else changes it. Lean, because a store holds millions of them:
 * its fields are not `#private`, for a brand would cost 8 bytes an entry.
 */
export class EntryActor<T extends LiveValueTypes> implements WheelNode {
  readonly shard: ShardSupervisor<T>
  entry: EntrySnapshot<T>
  /** `undefined` while nobody holds, awaits or watches the entry. */
  activity: Activity<T> | undefined = undefined
  chunk: WheelNode['chunk'] = undefined
  due = 0

  constructor(context: StoreContext<T>, key: string, value: ValueOf<T>) {
    this.shard = context.shards.of(key)
    const now = context.options.clock.now()
    const epoch = context.nextEpoch()
    this.entry = context.sealedEntry(new EntrySnapshot(this, key, epoch, context.sealed(value), 1, now, now))
  }

  mutate(context: StoreContext<T>, mutation: MutationOf<T>): Result<Entry<T>, T['error']> {
    const old = this.entry
    const result = context.mutate(old, mutation)
    if (!result.ok) return result

    const entry = commit(context, this, result.value)
    if (context.isWatched(this.activity)) {
      context.tell(this.activity, { type: 'mutate', key: old.key, mutation, new: entry, old })
    }
    return { ok: true, value: entry }
  }

  /** Overwriting clears the entry's own deadline; a mutation keeps it. */
  overwrite(context: StoreContext<T>, saved: SavedOf<T>, message: MessageOf<T> | undefined): Entry<T> {
    // What is saved of a value is the value itself, unless it is hosted.
    return this.replace(context, saved as ValueOf<T>, message)
  }

  /** Overwrites with what a new entry would be made of. */
  restart(context: StoreContext<T>, input: InputOf<T>, message: MessageOf<T> | undefined): Entry<T> {
    // A new entry is made of its value, unless it is hosted.
    return this.replace(context, input as ValueOf<T>, message)
  }

  replace(context: StoreContext<T>, value: ValueOf<T>, message: MessageOf<T> | undefined): Entry<T> {
    const old = this.entry
    const sealed = context.sealed(value)
    assertStill(context, this, old)
    // Not before nothing can fail any more.
    if (this.activity) this.activity.expiresAt = undefined
    const entry = commit(context, this, sealed)
    if (context.isWatched(this.activity)) {
      const change = { type: 'overwrite', key: old.key, new: entry, old } as const
      context.tell(this.activity, message === undefined ? change : { ...change, message })
    }
    return entry
  }

  /** Overwrites with what `change` computes. */
  update(
    context: StoreContext<T>,
    change: (value: ValueOf<T>) => SavedOf<T>,
    message: MessageOf<T> | undefined,
  ): Entry<T> {
    const saved = context.handle(() => change(this.entry.value))
    if (isThenable(saved)) {
      const message = `the update of entry ${this.entry.key} answered a promise: it is to answer at once`
      throw new StoreError('INVALID_VALUE', message)
    }
    return this.overwrite(context, saved, message)
  }

  broadcast(context: StoreContext<T>, message: MessageOf<T>): void {
    const { entry } = this
    context.tell(this.activity, { type: 'message', key: entry.key, message, entry })
  }

  /** Whether its value is just changing; only a hosted value takes time for that in which others can ask. */
  get isBusy(): boolean {
    return false
  }

  /** The entry is stored: tells everybody so, and with that a life of its own begins. */
  begin(context: StoreContext<T>): void {
    const { entry } = this
    if (context.isWatched(this.activity))
      context.tell(this.activity, { type: 'create', key: entry.key, entry })
  }

  /** Nobody holds the entry: what happened in a life of its own meanwhile is carried out. */
  liveOn(_context: StoreContext<T>): void {}

  /** The incarnation is over, and any life of its own with it. */
  end(_context: StoreContext<T>, _reason: RemoveReason): void {}

  /** Makes room for a holder, a waiter, a watch or a deadline. */
  wakeUp(): Activity<T> {
    return (this.activity ??= new Activity())
  }

  /** Drops the activity once nothing is left of it. */
  rest(): void {
    if (this.activity?.isOver) this.activity = undefined
  }

  addWatch(watch: Watch<T>): void {
    const activity = this.wakeUp()
    activity.watches ??= new Set()
    activity.watches.add(watch)
  }

  deleteWatch(watch: Watch<T>): void {
    this.activity?.watches?.delete(watch)
    this.rest()
  }
}

/**
 * Freezing calls getters, which may have called the store.
 *
 * @throws StoreError `REENTRANT` unless `old` is what is stored, and `STORE_CLOSED`.
 */
function assertStill<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  old: EntrySnapshot<T>,
): void {
  if (EntrySnapshot.actorOf(old) !== actor || context.closed) context.refuseCommit(old.key)
}

/** The one place where an entry changes and its version grows. */
export function commit<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  value: ValueOf<T>,
): Entry<T> {
  const old = actor.entry
  const { key, epoch, version, createdAt } = old
  const sealed = context.sealed(value)
  assertStill(context, actor, old)
  const changedAt = context.now()
  actor.entry = context.sealedEntry(
    new EntrySnapshot(actor, key, epoch, sealed, version + 1, createdAt, changedAt),
  )
  actor.shard.replace(old, actor.entry)
  const { activity } = actor
  // What has a deadline of its own may be due before it is idle too long.
  if (activity?.expiresAt === undefined) actor.due = context.idleDue
  if (activity) {
    activity.touchedAt = undefined
    actor.rest()
  }
  return actor.entry
}
