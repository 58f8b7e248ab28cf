import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyLiveStore, AnyPresence } from '@livestore-kv/core'
import type { HookBound } from '../hook-bound.ts'
import { RequestError } from '../request-error.ts'

/** What a client may send of its own. */
export type PayloadKind = 'value' | 'mutation' | 'message'

/**
 * What the definition's schema makes of `payload`.
 *
 * @throws RequestError `INVALID_PAYLOAD` if it accepts it not, or if there is no schema: then nobody may send any.
 */
export async function parsedPayload(
  { store, kind, hooks }: { store: AnyLiveStore; kind: PayloadKind | 'input'; hooks: HookBound },
  payload: unknown,
): Promise<unknown> {
  const { name, schema } = store.definition
  return parsed({ name, kind, schema: schema[kind], hooks }, payload)
}

/**
 * What the schema of a kind of presence makes of `state`.
 *
 * @throws RequestError `INVALID_PAYLOAD` if it accepts it not, if it is too large, or if there is no schema.
 */
export async function parsedState(
  { definition: { name, presence }, hooks }: { definition: AnyPresence; hooks: HookBound },
  state: unknown,
): Promise<unknown> {
  const accepted = await parsed({ name, kind: 'state', schema: presence.schema, hooks }, state)
  // What JSON leaves out altogether is nothing to show.
  const shown = JSON.stringify(accepted) ?? 'null'
  if (Buffer.byteLength(shown) <= presence.stateBytes) return accepted
  throw new RequestError(
    'INVALID_PAYLOAD',
    `the state of ${name} is larger than ${presence.stateBytes} bytes`,
  )
}

interface Accepting {
  readonly name: string
  readonly kind: PayloadKind | 'state' | 'input'
  readonly schema: StandardSchemaV1 | undefined
  readonly hooks: HookBound
}

async function parsed({ name, kind, schema, hooks }: Accepting, payload: unknown): Promise<unknown> {
  if (schema === undefined)
    throw new RequestError(
      'INVALID_PAYLOAD',
      `${name} takes no ${kind} from a client: its definition has no schema for one`,
    )

  const result = await hooks.within(`the schema of ${name}.${kind}`, schema['~standard'].validate(payload))
  if (result.issues === undefined) return result.value
  const [issue] = result.issues
  const where = (issue?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  const message = `${[kind, ...where].join('.')} of ${name} is not valid: ${issue?.message ?? ''}`
  // Names and texts of the client's own making are in it, as long as it likes.
  throw new RequestError('INVALID_PAYLOAD', message.slice(0, 300))
}
