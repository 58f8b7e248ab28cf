import { createKey } from '@livestore-kv/core'
import type { AnyLiveStore, Awaitable } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { WireEntry } from '@livestore-kv/core/protocol'
import type { Action, StampKind } from '../options/endpoint-options.ts'
import { isPlaces } from '../presence/places.ts'
import type { AnyPlaceStore, Appearance } from '../presence/stay.ts'
import { RequestError } from '../request-error.ts'
import type { Session } from '../sessions/session.ts'
import { entryWith } from '../topics/entry-form.ts'
import type { AnyEntry } from '../topics/entry-form.ts'
import { parsedPayload, parsedState } from './payload.ts'
import type { PayloadKind } from './payload.ts'

export interface AdmissionInput {
  readonly session: Session
  readonly action: Action
  readonly store: string
  readonly key?: string
  /** What to see of the value; `undefined` = the whole. */
  readonly view?: string | undefined
}

/** What clients may do to places: whatever changes one, the server does on behalf of a session. */
const IN_PLACES: ReadonlySet<Action> = new Set(['watch', 'fetch', 'enter'])

/**
 * The store, if the application lets this user do this to it.
 *
 * @throws RequestError `UNKNOWN_STORE`, `UNKNOWN_VIEW`, `FORBIDDEN`
 */
export async function admitted(input: AdmissionInput): Promise<AnyLiveStore> {
  const store = storeFor(input)
  if (input.view !== undefined) input.session.endpoint.views.assert(input.store, input.view)
  await authorize(input)
  return store
}

/**
 * The store, and the payload as the mailbox shall see it: accepted by the schema, allowed by the application, and
 * stamped by it.
 *
 * @throws RequestError `UNKNOWN_STORE`, `INVALID_PAYLOAD`, `FORBIDDEN`
 */
export async function admittedWith(
  input: AdmissionInput,
  kind: PayloadKind,
  sent: unknown,
): Promise<{ readonly store: AnyLiveStore; readonly payload: unknown }> {
  const store = storeFor(input)
  // A hosted value is made of its input; what it is overwritten with is a state that was saved, which no client has.
  const isInput = kind === 'value' && store.definition.kind === 'hosted' && input.action !== 'assign'
  const { hooks } = input.session.endpoint
  const parsed = await parsedPayload({ store, kind: isInput ? 'input' : kind, hooks }, sent)
  await authorize(input, { [kind]: parsed })
  const stamp = stampOf(input, kind)
  if (stamp === undefined) return { store, payload: parsed }
  const payload = await stamp({ [kind]: parsed })
  // A forgotten `return`.
  if (payload === undefined) throw new TypeError(`prepare.${input.store}.${kind} answered nothing`)
  return { store, payload }
}

/**
 * The store of places, and what others shall see of the member: what the client may show, and who the application says
 * it is.
 *
 * @throws RequestError `UNKNOWN_STORE`, `INVALID_PAYLOAD`, `FORBIDDEN`
 */
export async function admittedTo(
  input: AdmissionInput,
  sent: unknown,
): Promise<{ readonly store: AnyPlaceStore; readonly appearance: Appearance }> {
  const store = storeFor(input)
  if (!isPlaces(store)) throw new RequestError('FORBIDDEN', `${input.store} has no places`)
  const { definition } = store
  const state = await parsedState({ definition, hooks: input.session.endpoint.hooks }, sent)
  await authorize(input, { state })
  return { store, appearance: { who: await stampOf(input, 'who')?.({ state }), state } }
}

function storeFor({ session, action, store: name }: AdmissionInput): AnyLiveStore {
  const store = session.endpoint.store(name)
  if (!isPlaces(store) || IN_PLACES.has(action)) return store
  throw new RequestError('FORBIDDEN', `${name} is of places: ${action} is not for clients`)
}

/** Has the application stamp what it is given, if it wants to. */
function stampOf(
  input: AdmissionInput,
  kind: StampKind,
): ((payload: object) => Awaitable<unknown>) | undefined {
  const { options, hooks } = input.session.endpoint
  const stamp = options.prepare.get(input.store)?.[kind]
  const hook = `prepare.${input.store}.${kind}`
  return stamp && ((payload) => hooks.within(hook, stamp({ ...stampContext(input), ...payload })))
}

function stampContext({ session, key }: AdmissionInput): {
  readonly user: unknown
  readonly userId: string
  readonly now: number
  readonly id: string
  readonly key?: string
} {
  const { user, userId } = session.identity
  const now = session.endpoint.options.clock.now()
  return { user, userId, now, id: createKey(), ...(key !== undefined && { key }) }
}

/**
 * How an entry is shown to whoever changed it. Where a store has views, it is shown without its value to those who may not
 * fetch the whole of it then.
 */
export async function shownAfter(input: AdmissionInput): Promise<(entry: AnyEntry) => Promise<WireEntry>> {
  const { session, store } = input
  const ask = async (): Promise<boolean> =>
    !session.endpoint.views.areOf(store) || isAllowed({ ...input, action: 'fetch' })
  let { permits } = session
  let isShown = await ask()
  return async (entry) => {
    while (permits !== session.permits) {
      permits = session.permits
      // It is changed already: what the application cannot decide is not shown.
      isShown = await ask().catch((error: unknown) => {
        session.onError(error)
        return false
      })
    }
    return isShown ? wireEntry(entry) : entryWith(null, entry)
  }
}

async function authorize(input: AdmissionInput, payload: object = {}): Promise<void> {
  if (await isAllowed(input, payload)) return
  const what = input.view === undefined ? input.action : `${input.action} through ${input.view.slice(0, 64)}`
  throw new RequestError('FORBIDDEN', `${what} is not allowed here`)
}

async function isAllowed(input: AdmissionInput, payload: object = {}): Promise<boolean> {
  const { session, action, store, key, view } = input
  const { user } = session.identity
  const allowed = await session.endpoint.options.authorize({
    user,
    action,
    store,
    ...(key !== undefined && { key }),
    ...(view !== undefined && { view }),
    ...payload,
  })
  // Nothing but `true` opens a door: a forgotten `return` does not.
  return allowed === true
}
