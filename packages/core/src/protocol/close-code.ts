/**
 * Why the server closes a connection. 4000–4499: try again; 4500–4999: do not. The last two digits name the cause.
 */
export const CloseCode = {
  /** No `hello` came in time. */
  helloLate: 4001,
  /** The first frame was not a well-formed `hello`. */
  helloExpected: 4501,
  /** The credentials ran out, or could not be checked now: come back with fresh ones. */
  credentialsExpired: 4002,
  /** The credentials were refused. */
  credentialsRefused: 4502,
  /** The subprotocol was not `livestore.v1.json`. */
  subprotocolUnknown: 4503,
  /** Far more requests than the announced limits allow. */
  flooded: 4004,
  /** The client did not read what it was sent. */
  tooSlow: 4005,
  /** Nothing was heard for longer than `pingMs` and its grace. */
  silent: 4006,
  /** A second `hello`: a session begins once. */
  helloRepeated: 4507,
  /** The session went on in a newer connection. */
  sessionTaken: 4508,
  /** `refresh` brought the credentials of another user. */
  userChanged: 4509,
  /** The application ended the session: come back, and its `authenticate` decides. */
  revoked: 4010,
  /** Larger than the announced `messageBytes` (a code of RFC 6455). */
  messageTooLarge: 1009,
  /** The server restarts (a code registered with IANA). */
  restart: 1012,
} as const

/** One of the codes above. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

const RETRYABLE_STANDARD_CODES: ReadonlySet<number> = new Set([1001, 1006, 1012])

/** Whether a connection that closed with `code` should be tried again. */
export function isRetryable(code: number): boolean {
  return (code >= 4000 && code < 4500) || RETRYABLE_STANDARD_CODES.has(code)
}
