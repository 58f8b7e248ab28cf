import { StoreError } from '@livestore-kv/core'
import type { StoreErrorCode } from '@livestore-kv/core'
import { retryOf } from '@livestore-kv/core/protocol'
import type { ErrorFrame, WireErrorCode } from '@livestore-kv/core/protocol'

/** Why a request cannot be carried out, in words for whoever sent it. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: WireErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: WireErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

const WIRE_CODES: ReadonlyMap<StoreErrorCode, WireErrorCode> = new Map<StoreErrorCode, WireErrorCode>([
  ['INVALID_KEY', 'INVALID_KEY'],
  ['INVALID_OPTIONS', 'BAD_FRAME'],
  ['UNKNOWN_MUTATION', 'INVALID_PAYLOAD'],
  ['NOT_FOUND', 'NOT_FOUND'],
  ['STORE_FULL', 'STORE_FULL'],
  ['MAILBOX_FULL', 'MAILBOX_FULL'],
  ['WAIT_TIMEOUT', 'WAIT_TIMEOUT'],
  ['GUARD_RELEASED', 'GUARD_RELEASED'],
  ['VERSION_CONFLICT', 'VERSION_CONFLICT'],
  ['STORE_CLOSED', 'STORE_CLOSED'],
])

/** `error` as a request error, or `undefined` if it is nothing that a client should hear of. */
export function asRequestError(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error
  if (!(error instanceof StoreError)) return undefined
  const code = WIRE_CODES.get(error.code)
  return code && new RequestError(code, error.message)
}

/** The frame that tells it. */
export function errorFrame(error: RequestError, id: number | undefined): ErrorFrame {
  const { code, message, retryAfterMs } = error
  return {
    type: 'error',
    ...(id !== undefined && { id }),
    code,
    message,
    retry: retryOf(code),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}
