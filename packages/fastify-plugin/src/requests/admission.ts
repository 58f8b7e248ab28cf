import { createKey } from '@livestore-kv/core'
import type { AnyLiveStore } from '@livestore-kv/core'
import type { Action } from '../endpoint-options.ts'
import { parsedPayload } from '../payload.ts'
import type { PayloadKind } from '../payload.ts'
import { RequestError } from '../request-error.ts'
import type { Session } from '../session.ts'

export interface AdmissionInput {
  readonly session: Session
  readonly action: Action
  readonly store: string
  readonly key?: string
}

/**
 * The store, if the application lets this user do this to it.
 *
 * @throws RequestError `UNKNOWN_STORE`, `FORBIDDEN`
 */
export async function admitted(input: AdmissionInput): Promise<AnyLiveStore> {
  const store = input.session.endpoint.store(input.store)
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
  // A hosted value is made of its input; what it is overwritten with is a state that was saved, which no client has.
  const isInput = kind === 'value' && store.definition.kind === 'hosted' && input.action !== 'assign'
  const parsed = await parsedPayload(store, isInput ? 'input' : kind, sent)
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

async function authorize(input: AdmissionInput, payload: object = {}): Promise<void> {
  const { session, action, store, key } = input
  const { user } = session.identity
  const allowed = await session.endpoint.options.authorize({
    user,
    action,
    store,
    ...(key !== undefined && { key }),
    ...payload,
  })
  // Nothing but `true` opens a door: a forgotten `return` does not.
  if (allowed !== true) throw new RequestError('FORBIDDEN', `${action} is not allowed here`)
}
