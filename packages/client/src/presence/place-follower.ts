import type { Entry, EntryKey, Member, PlaceTypes, Presence, PresenceTypes } from '@livestore-kv/core'
import type { Answers, Requests, WireEntry, WireUpdate } from '@livestore-kv/core/protocol'
import type { ClientError } from '../client-error.ts'
import { receivedEntry } from '../received.ts'
import type { Changing } from '../session/change-batch.ts'
import type { Session } from '../session/session.ts'
import type { Subscriber } from '../session/subscriptions.ts'
import type { PlaceMember, PlaceState } from './place.ts'

/** Whom a {@link PlaceFollower} tells. */
export interface PlaceEvents {
  changed(): void
  /** There is a connection again, and the session goes on. */
  resumed(): void
  /** As far as the server tells, this client is not there. */
  missing(): void
}

/** What the server tells of one place. */
export class PlaceFollower<P extends PresenceTypes> implements Subscriber, Changing {
  readonly type = 'watch'
  readonly #presence: Presence<P>
  readonly #key: EntryKey
  readonly #session: Session
  readonly #events: PlaceEvents
  readonly #seen = new WeakMap<Member<P>, PlaceMember<P>>()
  #entry: Entry<PlaceTypes<P>> | undefined
  #status: PlaceState<P>['status'] = 'loading'
  #error: ClientError | undefined
  #refusal: ClientError | undefined
  /** Made when somebody looks: a burst of updates costs one list. */
  #state: PlaceState<P> | undefined

  constructor(presence: Presence<P>, key: EntryKey, session: Session, events: PlaceEvents) {
    this.#presence = presence
    this.#key = key
    this.#session = session
    this.#events = events
  }

  /**
   * Told by what changes, where the server runs the same definition, and by the whole list otherwise. Either is said: a
   * mirror of the same key, which says neither, reads the one only.
   */
  get fields(): Requests['watch'] {
    const as = this.#session.serves(this.#presence) ? 'mutation' : 'value'
    return { store: this.#presence.name, key: this.#key, as }
  }

  get state(): PlaceState<P> {
    this.#state ??= this.#look()
    return this.#state
  }

  start({ entry }: Answers['watch']): void {
    if (entry) this.#adopt(entry)
  }

  take(update: WireUpdate): 'goes on' | 'is broken' {
    switch (update.type) {
      case 'mutation':
      case 'mutate':
      case 'overwrite':
        return this.#follow(update)
      case 'snapshot':
      case 'lagged':
        if (update.entry) this.#adopt(update.entry)
        return 'goes on'
      // Nobody does that to a place.
      case 'create':
      case 'message':
      case 'lock':
      case 'unlock':
      case 'deadline':
        return 'goes on'
      // Watched again it is there again; or the answer says why it may not be.
      case 'remove':
      case 'revoked':
        return 'is broken'
    }
  }

  pause(error = this.#error): void {
    this.#error = error
    if (error || this.#status === 'live') this.#enter(this.#status === 'live' ? 'stale' : this.#status)
  }

  resume(): void {
    if (this.#status === 'stale') this.#enter('live')
    this.#events.resumed()
  }

  fail(error: ClientError): void {
    this.#entry = undefined
    this.#error = error
    this.#enter('failed')
    // It may be entered all the same.
    this.#events.missing()
  }

  /** The place was not entered, or, without an error, it was. */
  refused(error: ClientError | undefined): void {
    if (this.#refusal === error) return
    this.#refusal = error
    this.#enter(this.#status)
  }

  /** Whoever closes it tells of that. */
  end(): void {
    this.#status = 'closed'
    this.#state = undefined
  }

  tellChange(): void {
    this.#events.changed()
  }

  #adopt(entry: WireEntry): void {
    this.#entry = receivedEntry(entry)
    this.#error = undefined
    this.#enter('live')
    if (!this.#isIn()) this.#events.missing()
  }

  #follow(update: WireUpdate<'mutation' | 'mutate' | 'overwrite'>): 'goes on' | 'is broken' {
    const entry = this.#entry
    if (entry?.epoch !== update.epoch) return 'is broken'
    // It is in the snapshot.
    if (update.version <= entry.version) return 'goes on'
    if (update.version !== entry.version + 1) return 'is broken'

    const wasIn = this.#isIn()
    const { version, changedAt } = update
    const value = update.type === 'mutation' ? this.#replay(entry, update.mutation) : update.value
    if (value === undefined) return 'is broken'
    this.#entry = receivedEntry({ ...entry, version, changedAt, value })
    this.#enter(this.#status)
    if (wasIn && !this.#isIn()) this.#events.missing()
    return 'goes on'
  }

  /** The members after `mutation`; `undefined` if it cannot be had from what is known. */
  #replay(entry: Entry<PlaceTypes<P>>, mutation: unknown): unknown {
    // Who shares the subscription may know the server's definition, and this one another.
    if (!this.#session.serves(this.#presence)) return undefined
    // The server runs this very definition, and has run this.
    const result = this.#presence.mutate(entry, mutation as Parameters<Presence<P>['mutate']>[1])
    return result.ok ? result.value : undefined
  }

  #isIn(): boolean {
    return this.#members.some(({ id }) => id === this.#session.welcome?.member)
  }

  get #members(): readonly Member<P>[] {
    // Members are read-only through and through already; the types of a generic kind do not show it.
    return (this.#entry?.value ?? []) as readonly Member<P>[]
  }

  #look(): PlaceState<P> {
    const members = this.#members.map((member) => this.#see(member))
    const self = members.find(({ isSelf }) => isSelf)
    return { status: this.#status, members, self, error: this.#error ?? this.#refusal }
  }

  /** The same object as long as the member is: lists are drawn by it. */
  #see(member: Member<P>): PlaceMember<P> {
    const isSelf = member.id === this.#session.welcome?.member
    const known = this.#seen.get(member)
    if (known?.isSelf === isSelf) return known
    const seen = { ...member, isSelf }
    this.#seen.set(member, seen)
    return seen
  }

  #enter(status: PlaceState<P>['status']): void {
    // Whoever holds on to a closed place sees it as it was.
    if (this.#status !== 'closed') this.#status = status
    this.#state = undefined
    this.#session.batch.changed(this)
  }
}
