/** Why a request failed; a refusal by the value itself is a frame of its own. */
export type WireErrorCode =
  /** Not JSON, not an object, a field missing or of the wrong type, or a forbidden key. */
  | 'BAD_FRAME'
  /** A frame of a type that the peer does not know. */
  | 'UNKNOWN_FRAME'
  /** A request of this id is still being answered. */
  | 'DUPLICATE_ID'
  | 'UNKNOWN_STORE'
  /** The store has no view of this name. */
  | 'UNKNOWN_VIEW'
  /** The application's `authorize` said no. */
  | 'FORBIDDEN'
  /** The schema did not accept the value, mutation or message, or there is none. */
  | 'INVALID_PAYLOAD'
  | 'INVALID_KEY'
  | 'NOT_FOUND'
  /** The token is not, or no longer, this session's. */
  | 'GUARD_RELEASED'
  | 'VERSION_CONFLICT'
  | 'WAIT_TIMEOUT'
  | 'MAILBOX_FULL'
  | 'STORE_FULL'
  | 'STORE_CLOSED'
  | 'CANCELLED'
  | 'RATE_LIMITED'
  /** More requests of this session are being answered than `limits.pending`. */
  | 'TOO_MANY_PENDING'
  | 'TOO_MANY_SUBSCRIPTIONS'
  /** The session is in as many places as it may be. */
  | 'TOO_MANY_PLACES'
  /** The place has as many members as it may have. */
  | 'PLACE_FULL'
  /** The store holds more entries than `limits.listing`. */
  | 'LISTING_TOO_LARGE'
  /** The request of this `mid` is older than what the session remembers: it may have been carried out, or not. */
  | 'UNKNOWN_OUTCOME'
  /** The server failed; its log knows why. */
  | 'INTERNAL'

/** What to do about an error: nothing, the same again later, or read the current state first. */
export type Retry = 'no' | 'later' | 'resync'

const RETRY: ReadonlyMap<WireErrorCode, Retry> = new Map<WireErrorCode, Retry>([
  ['VERSION_CONFLICT', 'resync'],
  ['UNKNOWN_OUTCOME', 'resync'],
  ['WAIT_TIMEOUT', 'later'],
  ['MAILBOX_FULL', 'later'],
  ['STORE_FULL', 'later'],
  ['STORE_CLOSED', 'later'],
  ['RATE_LIMITED', 'later'],
  ['TOO_MANY_PENDING', 'later'],
  ['PLACE_FULL', 'later'],
  ['INTERNAL', 'later'],
])

/** What to do about an error of this code. */
export function retryOf(code: WireErrorCode): Retry {
  return RETRY.get(code) ?? 'no'
}
