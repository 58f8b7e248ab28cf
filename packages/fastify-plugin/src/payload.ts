import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyLiveStore, AnyPresence } from '@livestore-kv/core'
import { RequestError } from './request-error.ts'

/** What a client may send of its own. */
export type PayloadKind = 'value' | 'mutation' | 'message'

/**
 * What the definition's schema makes of `payload`.
 *
 * @throws RequestError `INVALID_PAYLOAD` if it accepts it not, or if there is no schema: then nobody may send any.
 */
export async function parsedPayload(
  store: AnyLiveStore,
  kind: PayloadKind | 'input',
  payload: unknown,
): Promise<unknown> {
  const { name, schema } = store.definition
  return parsed(name, kind, schema[kind], payload)
}

/**
 * What the schema of a kind of presence makes of `state`.
 *
 * @throws RequestError `INVALID_PAYLOAD` if it accepts it not, if it is too large, or if there is no schema.
 */
export async function parsedState({ name, presence }: AnyPresence, state: unknown): Promise<unknown> {
  const accepted = await parsed(name, 'state', presence.schema, state)
  // What JSON leaves out altogether is nothing to show.
  const shown = JSON.stringify(accepted) ?? 'null'
  if (Buffer.byteLength(shown) <= presence.stateBytes) return accepted
  throw new RequestError(
    'INVALID_PAYLOAD',
    `the state of ${name} is larger than ${presence.stateBytes} bytes`,
  )
}

async function parsed(
  name: string,
  kind: PayloadKind | 'state' | 'input',
  schema: StandardSchemaV1 | undefined,
  payload: unknown,
): Promise<unknown> {
  if (schema === undefined)
    throw new RequestError(
      'INVALID_PAYLOAD',
      `${name} takes no ${kind} from a client: its definition has no schema for one`,
    )

  const result = await schema['~standard'].validate(payload)
  if (result.issues === undefined) return result.value
  const [issue] = result.issues
  const where = (issue?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  const message = `${[kind, ...where].join('.')} of ${name} is not valid: ${issue?.message ?? ''}`
  // Names and texts of the client's own making are in it, as long as it likes.
  throw new RequestError('INVALID_PAYLOAD', message.slice(0, 300))
}
