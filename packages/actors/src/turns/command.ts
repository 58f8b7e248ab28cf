import type {
  AcquireOptions,
  Entry,
  InputOf,
  LiveValueTypes,
  MutationOf,
  Result,
  SavedOf,
  ValueOf,
  WriteOptions,
} from '@livestore-kv/core'
import type { EntryActor } from '../entries/entry-actor.ts'
import type { StoreContext } from '../store-context.ts'
import { EntryGuard } from './entry-guard.ts'
import { ACQUIRE_OPTIONS, TURN_OPTIONS, WRITE_OPTIONS } from './turn-conditions.ts'

/**
 * What a call does when its turn comes: a function of everything it needs, because a closure per call would cost an
 * uncontended mutation 14 % of its time.
 */
export type Command<T extends LiveValueTypes, TArgument, TOptions, TAnswer> = (
  context: StoreContext<T>,
  actor: EntryActor<T>,
  argument: TArgument,
  options: TOptions | undefined,
) => TAnswer

export function mutate<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  mutation: MutationOf<T>,
): Result<Entry<T>, T['error']> {
  return actor.mutate(context, mutation)
}

/** Answers the old entry. */
export function overwrite<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  saved: SavedOf<T>,
  options: WriteOptions<T> | undefined,
): Entry<T> {
  const old = actor.entry
  actor.overwrite(context, saved, options?.message)
  return old
}

/** Overwrites with what a new entry would be made of; answers the old entry. */
export function restart<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  input: InputOf<T>,
  options: WriteOptions<T> | undefined,
): Entry<T> {
  const old = actor.entry
  actor.restart(context, input, options?.message)
  return old
}

/** Answers the new entry. */
export function update<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  change: (value: ValueOf<T>) => SavedOf<T>,
  options: WriteOptions<T> | undefined,
): Entry<T> {
  return actor.update(context, change, options?.message)
}

export function remove<T extends LiveValueTypes>(
  _context: StoreContext<T>,
  actor: EntryActor<T>,
  _: undefined,
  options: WriteOptions<T> | undefined,
): Entry<T> {
  return actor.shard.remove(actor, 'removed', options)
}

/** Gives the entry to a new guard. */
export function hold<T extends LiveValueTypes>(
  context: StoreContext<T>,
  actor: EntryActor<T>,
  _: undefined,
  options: AcquireOptions | undefined,
): EntryGuard<T> {
  const guard = new EntryGuard(context, actor, options)
  actor.wakeUp().guard = guard
  guard.tell()
  return guard
}

const OPTIONS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map<unknown, ReadonlySet<string>>([
  [mutate, TURN_OPTIONS],
  [hold, ACQUIRE_OPTIONS],
])

/** The names of the options of the call that asks for `command`. */
export function optionsOf(command: unknown): ReadonlySet<string> {
  return OPTIONS.get(command) ?? WRITE_OPTIONS
}
