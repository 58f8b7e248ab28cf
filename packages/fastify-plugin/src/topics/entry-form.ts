import { isDeepStrictEqual } from 'node:util'
import type { Entry, Update } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { WatchForm, WireChange, WireEntry, WireUpdate } from '@livestore-kv/core/protocol'
import type { RequestError } from '../request-error.ts'
import type { Sight, Sights } from './sights.ts'
import type { Subscriber, Topic } from './topic.ts'
import type { GroupView } from './views.ts'
import { asMutation } from './wire-updates.ts'

// What is watched is known at run time only: the stores of an endpoint are of different kinds.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyTypes = any
export type AnyEntry = Entry<AnyTypes>
export type AnyUpdate = Update<AnyTypes>

/** `entry` as it crosses the wire with `value` in the place of its own. */
export function entryWith(value: unknown, entry: AnyEntry): WireEntry {
  return { ...wireEntry(entry), value: value ?? null }
}

/** One thing that happened to an entry. */
export interface Happening {
  readonly update: AnyUpdate
  /** The same as it crosses the wire, by the whole value. */
  readonly told: WireUpdate
  /** The entry as it was told of last. */
  readonly before: AnyEntry
  /** The entry as it is now. */
  readonly entry: AnyEntry
}

/** One way of telling entries: all who are subscribed to it are told the same, by the same bytes. */
export interface EntryForm<S extends Subscriber> {
  readonly topic: Topic<S>
  /** Through what it is seen; `undefined` = the whole of it. */
  readonly view: GroupView | undefined
  /**
   * The entry as it is known in this form.
   *
   * @throws RequestError `INTERNAL` if its view failed.
   */
  entryOf(entry: AnyEntry): WireEntry
  tell(happening: Happening): void
}

/** Whole entries, told of their mutations by the new value or by the mutation itself. */
export class WholeForm<S extends Subscriber> implements EntryForm<S> {
  readonly topic: Topic<S>
  readonly view = undefined
  readonly #as: WatchForm

  constructor(topic: Topic<S>, as: WatchForm) {
    this.topic = topic
    this.#as = as
  }

  entryOf(entry: AnyEntry): WireEntry {
    return wireEntry(entry)
  }

  tell({ told, update }: Happening): void {
    this.topic.publish(this.#as === 'mutation' ? asMutation(told, update) : told)
  }
}

/** What one group sees through a view: computed once for each version, and told only when it changed. */
export class ViewForm<S extends Subscriber> implements EntryForm<S> {
  readonly topic: Topic<S>
  readonly view: GroupView
  readonly #sights: Sights

  /** `sights` remembers what the view made of as many entries as are told. */
  constructor(topic: Topic<S>, view: GroupView, sights: Sights) {
    this.topic = topic
    this.view = view
    this.#sights = sights
  }

  entryOf(entry: AnyEntry): WireEntry {
    const sight = this.#look(entry)
    if (sight.failed) throw sight.error
    return entryWith(sight.value, entry)
  }

  // Each is put together from what may be seen: what a new kind of update brings with it must not slip through.
  tell({ told, before, entry }: Happening): void {
    switch (told.type) {
      case 'create':
        return this.#tellCreation(told, entry)
      case 'mutate':
        return this.#tellChange(told, before, entry)
      case 'overwrite':
        return this.#tellChange(told, before, entry, this.view.hear(told.message))
      case 'lagged':
        return this.#tellLagged(told, entry)
      case 'remove': {
        const { type, key, epoch, version, reason } = told
        return this.topic.publish({ type, key, epoch, version, reason, ...this.#said(told.message) })
      }
      case 'message': {
        const { key, epoch, version } = told
        return this.#tellMessage({ key, epoch, version }, this.view.hear(told.message))
      }
      case 'lock':
      case 'unlock':
      case 'deadline':
        // They say nothing of the value.
        return this.topic.publish(told)
      // No watch tells these.
      case 'mutation':
      case 'snapshot':
      case 'revoked':
    }
  }

  #tellCreation(told: WireUpdate<'create'>, entry: AnyEntry): void {
    const sight = this.#look(entry)
    if (sight.failed) return this.topic.lose(told, 'view')
    const { type, createdAt } = told
    this.topic.publish({ type, ...shownChange(told, sight.value), createdAt })
  }

  #tellChange(
    told: WireUpdate<'mutate' | 'overwrite'>,
    before: AnyEntry,
    entry: AnyEntry,
    message?: unknown,
  ): void {
    const known = this.#look(before)
    const sight = this.#look(entry)
    if (sight.failed) return this.topic.lose(told, 'view')
    const { type, key, epoch, version } = told
    const isKnown = !known.failed && isDeepStrictEqual(known.value, sight.value)
    if (isKnown) return this.#tellMessage({ key, epoch, version }, message)
    this.topic.publish({
      type,
      ...shownChange(told, sight.value),
      ...(message !== undefined && { message }),
    })
  }

  #tellMessage(place: Pick<WireUpdate<'message'>, 'key' | 'epoch' | 'version'>, message: unknown): void {
    if (message !== undefined) this.topic.publish({ type: 'message', ...place, message })
  }

  #tellLagged(told: WireUpdate<'lagged'>, entry: AnyEntry): void {
    if (told.entry === null) return this.topic.publish(told)
    const sight = this.#look(entry)
    if (sight.failed) return this.topic.lose(told, 'view')
    this.topic.publish({ ...told, entry: entryWith(sight.value, entry) })
  }

  #said(message: unknown): { message?: unknown } {
    const heard = this.view.hear(message)
    return heard === undefined ? {} : { message: heard }
  }

  #look(entry: AnyEntry): Sight {
    const known = this.#sights.get(entry)
    if (known) return known
    const sight = this.#sightOf(entry)
    this.#sights.set(entry, sight)
    return sight
  }

  #sightOf({ value }: AnyEntry): Sight {
    try {
      return { failed: false, value: this.view.of(value) }
    } catch (error) {
      // A view throws nothing else.
      return { failed: true, error: error as RequestError }
    }
  }
}

/** What every change says, with what is shown in the place of the value. */
function shownChange(told: WireChange, value: unknown): WireChange {
  const { key, epoch, version, changedAt, expiresAt } = told
  // JSON has no `undefined`, and a change without its value is no frame.
  return {
    key,
    epoch,
    version,
    value: value ?? null,
    changedAt,
    ...(expiresAt !== undefined && { expiresAt }),
  }
}
