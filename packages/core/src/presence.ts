import type { StandardSchemaV1 } from '@standard-schema/spec'
import { defineValue, requireMembers, requireSchema } from './definition.ts'
import type { Definition } from './definition.ts'
import type { DeepReadonly } from './live-value.ts'
import { ok, refuse } from './result.ts'
import type { Result } from './result.ts'
import { StoreError } from './store-error.ts'

/** The types of one kind of presence, bundled: what {@link definePresence} takes. */
export interface PresenceTypes {
  /** Names the kind, among stores too. */
  name: string
  /** What a member shows of itself, and changes as it likes: a cursor, "is typing". */
  state: unknown
  /** What the server says of the member, and no client can: a display name, a colour. */
  who: unknown
}

/** One session in one place; a user with two tabs is two members. */
export interface Member<P extends PresenceTypes> {
  /** Names the session to others; the same in every place, and of no use to anybody but to tell members apart. */
  readonly id: string
  readonly userId: string
  readonly who: DeepReadonly<P['who']>
  readonly state: DeepReadonly<P['state']>
  /** Milliseconds since 1970, by the server's clock. */
  readonly enteredAt: number
}

/** How the members of a place change. Only the server applies these; clients that follow a place replay them. */
export type PlaceMutation<P extends PresenceTypes> =
  /** `instead` is a member that it takes the place of: the same user, a page load ago. */
  | { readonly type: 'enter'; readonly member: Member<P>; readonly instead?: string }
  | { readonly type: 'show'; readonly id: string; readonly state: DeepReadonly<P['state']> }
  | { readonly type: 'leave'; readonly id: string }

/** A place as a live value: the list of its members, in the order in which they entered. */
export interface PlaceTypes<P extends PresenceTypes> {
  name: P['name']
  value: readonly Member<P>[]
  mutation: PlaceMutation<P>
  message: never
  error: 'place-full' | 'not-here'
  /** What the place is of. */
  presence: P
}

/** How a kind of presence is written down. */
export interface PresenceOptions<P extends PresenceTypes> {
  readonly name: P['name']
  /** Changes whenever the shape of states does. */
  readonly revision: string
  /** What a client may show of itself; without it, nobody enters. */
  readonly schema?: StandardSchemaV1<unknown, P['state']>
  /**
   * Members that one place may have; the next is refused.
   *
   * @default 256
   */
  readonly capacity?: number
  /**
   * The largest state, in bytes of JSON.
   *
   * @default 1_024
   */
  readonly stateBytes?: number
}

/** A kind of presence: the definition of its places, and what the server holds their members to. */
export interface Presence<P extends PresenceTypes> extends Definition<PlaceTypes<P>> {
  readonly presence: {
    readonly schema: StandardSchemaV1<unknown, P['state']> | undefined
    readonly stateBytes: number
  }
}

/** Presence of any kind: it is invariant in its types, so only `any` spans them. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyPresence = Presence<any>

/**
 * Defines a kind of presence, who is in which place, for server and clients to share. Each place is an entry, whose value
 * is the list of its members; each member belongs to the session that entered.
 *
 * @throws StoreError `INVALID_DEFINITION` if a member is missing or not of its type.
 */
export function definePresence<P extends PresenceTypes>(options: PresenceOptions<P>): Presence<P> {
  const { name, revision, schema, capacity = 256, stateBytes = 1_024 } = options
  requireMembers(options, 'capacity', 'stateBytes', 'presence')
  requireSchema(`schema of ${name}`, schema)
  requireCount(name, 'capacity', capacity)
  requireCount(name, 'stateBytes', stateBytes)

  const definition = defineValue<PlaceTypes<P>>({
    name,
    revision,
    mutations: {
      // Mutations are read-only through and through already; the types of a generic kind do not show it.
      enter: (members, { member, instead }) => entered(members, member as Member<P>, instead, capacity),
      show: (members, { id, state }) =>
        changed(members, id, (member) => [{ ...member, state: state as DeepReadonly<P['state']> }]),
      leave: (members, { id }) => changed(members, id, () => []),
    },
  })
  return Object.freeze({ ...definition, presence: { schema, stateBytes } })
}

/** Whether `definition` is one that {@link definePresence} made. */
export function isPresence(definition: object): definition is AnyPresence {
  return 'presence' in definition
}

type Members<P extends PresenceTypes> = DeepReadonly<readonly Member<P>[]>
type Changed<P extends PresenceTypes> = Result<Members<P>, 'place-full' | 'not-here'>

/** Entering again is entering anew, in the same seat. */
function entered<P extends PresenceTypes>(
  members: Members<P>,
  member: Member<P>,
  instead: string | undefined,
  capacity: number,
): Changed<P> {
  const list = members as readonly Member<P>[]
  const seat = list.findIndex(({ id }) => id === member.id || id === instead)
  const others = list.filter(({ id }) => id !== member.id && id !== instead)
  if (others.length >= capacity) return refuse('place-full')
  const at = seat < 0 ? others.length : seat
  return ok([...others.slice(0, at), member, ...others.slice(at)] as Members<P>)
}

function changed<P extends PresenceTypes>(
  members: Members<P>,
  id: string,
  change: (member: Member<P>) => readonly Member<P>[],
): Changed<P> {
  const list = members as readonly Member<P>[]
  const at = list.findIndex((member) => member.id === id)
  const member = list[at]
  if (member === undefined) return refuse('not-here')
  return ok([...list.slice(0, at), ...change(member), ...list.slice(at + 1)] as Members<P>)
}

function requireCount(name: string, option: string, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return
  throw new StoreError('INVALID_DEFINITION', `${option} of ${name} must be a positive whole number`)
}
