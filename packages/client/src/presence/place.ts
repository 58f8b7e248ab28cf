import type { DeepReadonly, EntryKey, Member, Presence, PresenceTypes } from '@livestore-kv/core'
import { ClientError } from '../client-error.ts'
import type { AnyDefinition } from '../client-options.ts'
import type { Client } from '../client.ts'
import { LiveView } from '../mirrors/live-view.ts'
import type { Session } from '../session/session.ts'
import { storedKey } from '../stored-key.ts'
import { Attendance } from './attendance.ts'
import { PlaceFollower } from './place-follower.ts'

/** A member of a place, as a client sees it. */
export interface PlaceMember<P extends PresenceTypes> extends Member<P> {
  /** Whether it is this client. */
  readonly isSelf: boolean
}

/** What is known of a place at one moment; another object whenever anything of it changes. */
export interface PlaceState<P extends PresenceTypes> {
  /**
   * `stale` = the connection is lost, or `error` says why it is not followed now, and others may have come and gone since;
   * `failed` = it cannot be watched.
   */
  readonly status: 'loading' | 'live' | 'stale' | 'failed' | 'closed'
  /** Who is here, in the order in which they entered. */
  readonly members: readonly PlaceMember<P>[]
  /** This client among them. */
  readonly self: PlaceMember<P> | undefined
  /** Why it cannot be watched, or was not entered. */
  readonly error: ClientError | undefined
}

/** Who is in one place, over every reconnect, and this client among them if it enters. */
export class Place<P extends PresenceTypes> extends LiveView<PlaceState<P>> {
  readonly key: EntryKey
  readonly #session: Session
  readonly #follower: PlaceFollower<P>
  readonly #attendance: Attendance
  #isEntered = false

  /** @internal */
  constructor(presence: Presence<P>, session: Session, key: EntryKey) {
    super(session)
    this.key = key
    this.#session = session
    const place = { store: presence.name, key }
    this.#attendance = new Attendance(session, place, (error) => this.#follower.refused(error))
    this.#follower = new PlaceFollower(presence, key, session, {
      changed: () => this.tell(),
      resumed: () => this.#attendance.resume(),
      missing: () => this.#attendance.forgotten(),
    })
    session.subscriptions.add(this.#follower)
  }

  get state(): PlaceState<P> {
    return this.#follower.state
  }

  /** Who is here, in the order in which they entered. */
  get members(): readonly PlaceMember<P>[] {
    return this.state.members
  }

  /** This client among them. */
  get self(): PlaceMember<P> | undefined {
    return this.state.self
  }

  /**
   * Becomes a member, or shows another state as one, and stays one over every reconnect until it leaves. Where states
   * follow each other faster than the server answers, the newest is sent next, and those before it are not.
   *
   * @throws ClientError `FORBIDDEN`, `INVALID_PAYLOAD`, `PLACE_FULL`, `TOO_MANY_PLACES`, and what any request may fail with.
   */
  async enter(state: DeepReadonly<P['state']>): Promise<void> {
    this.#session.assertOpen()
    if (this.status === 'closed') throw new ClientError('CLIENT_CLOSED', 'the place is closed')
    this.#isEntered = true
    await this.#attendance.want({ state })
  }

  /** Is a member no more, and goes on watching who is. */
  async leave(): Promise<void> {
    this.#isEntered = false
    await this.#attendance.want(undefined)
  }

  protected end(): void {
    this.#session.subscriptions.delete(this.#follower)
    this.#follower.end()
    // Where it cannot be told, the session ends, and with it whatever it was in.
    if (this.#isEntered) this.leave().catch(() => undefined)
  }
}

/**
 * Follows who is in the place `key`, without entering it, until it is closed. Share one between those who show the
 * same place: a client is in a place once.
 *
 * @throws ClientError `CLIENT_CLOSED`, and `INVALID_KEY` if the key is no text.
 */
export function openPlace<P extends PresenceTypes, D extends AnyDefinition>(
  client: Client<D>,
  presence: Presence<P>,
  key: EntryKey,
): Place<P> {
  const { session } = client
  session.assertOpen()
  return new Place(presence, session, storedKey(key))
}
