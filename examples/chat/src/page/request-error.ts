import type { Retry, WireErrorCode } from '@livestore-kv/core/protocol'

/** Why a request failed; what a value refuses is no error, but a `Result`. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** A {@link WireErrorCode}, `OFFLINE`, `REFUSED`, or what a newer server says. */
  readonly code: WireErrorCode | 'OFFLINE' | 'REFUSED' | (string & {})
  readonly retry: Retry

  constructor(code: RequestError['code'], message: string, retry: Retry = 'no') {
    super(message)
    this.code = code
    this.retry = retry
  }
}
