import type { Retry, WireErrorCode } from '@livestore-kv/core/protocol'

/** Why a request failed: what the server said, or what the client knows without asking. */
export type ClientErrorCode =
  | WireErrorCode
  /** There was no connection for as long as the request might wait; it was never sent. */
  | 'OFFLINE'
  /** As many requests wait to be sent as `queue.capacity` allows; this one was not sent. */
  | 'QUEUE_FULL'
  /** Larger than the server reads; it was not sent. */
  | 'MESSAGE_TOO_LARGE'
  /** The server closed the connection for good. */
  | 'CONNECTION_ENDED'
  /** An option is missing or not of its type; the message names it. */
  | 'INVALID_OPTIONS'
  /** By `client.close()`. */
  | 'CLIENT_CLOSED'
  /** What a newer server says. */
  | (string & {})

/** How a {@link ClientError} is made. */
export interface ClientErrorOptions {
  readonly retry?: Retry
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** Why a request could not be carried out; what a *value* refuses is a `Result`, never a throw. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** What to do about it: nothing, the same again later, or read the current state first. */
  readonly retry: Retry
  /** When to try again, in milliseconds from now, where the server said so. */
  readonly retryAfterMs: number | undefined

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.retry = options.retry ?? 'no'
    this.retryAfterMs = options.retryAfterMs
  }
}
