import { createKey } from '@livestore-kv/core'
import type { AnyLiveStore } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { WireEntry } from '@livestore-kv/core/protocol'
import type { Action } from '../endpoint-options.ts'
import { entryWith } from '../entry-form.ts'
import type { AnyEntry } from '../entry-form.ts'
import { parsedPayload } from '../payload.ts'
import type { PayloadKind } from '../payload.ts'
import { RequestError } from '../request-error.ts'
import type { Session } from '../session.ts'

export interface AdmissionInput {
  readonly session: Session
  readonly action: Action
  readonly store: string
  readonly key?: string
  /** What to see of the value; `undefined` = the whole. */
  readonly view?: string | undefined
}

/**
 * The store, if the application lets this user do this to it.
 *
 * @throws RequestError `UNKNOWN_STORE`, `UNKNOWN_VIEW`, `FORBIDDEN`
 */
export async function admitted(input: AdmissionInput): Promise<AnyLiveStore> {
  const { endpoint } = input.session
  const store = endpoint.store(input.store)
  if (input.view !== undefined) endpoint.views.assert(input.store, input.view)
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
  const { session, key } = input
  const store = session.endpoint.store(input.store)
  const parsed = await parsedPayload(store, kind, sent)
  await authorize(input, { [kind]: parsed })

  const { prepare, clock } = session.endpoint.options
  const stamp = prepare.get(input.store)?.[kind]
  if (stamp === undefined) return { store, payload: parsed }
  const { user, userId } = session.identity
  const payload = await stamp({
    user,
    userId,
    now: clock.now(),
    id: createKey(),
    ...(key !== undefined && { key }),
    [kind]: parsed,
  })
  return { store, payload }
}

/**
 * How an entry is shown to whoever changed it. Where a store has views, it is shown without its value to those who may not
 * fetch the whole of it.
 */
export async function shownAfter(input: AdmissionInput): Promise<(entry: AnyEntry) => WireEntry> {
  const { session, store } = input
  const isShown = !session.endpoint.views.areOf(store) || (await isAllowed({ ...input, action: 'fetch' }))
  return isShown ? wireEntry : (entry) => entryWith(null, entry)
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
