/** Why a store cannot do what was asked; each code is explained in `docs/errors.md`. */
export type StoreErrorCode =
  | 'INVALID_KEY'
  | 'INVALID_OPTIONS'
  | 'INVALID_DEFINITION'
  | 'INVALID_VALUE'
  | 'UNKNOWN_MUTATION'
  | 'NOT_FOUND'
  | 'STORE_FULL'
  | 'MAILBOX_FULL'
  | 'WAIT_TIMEOUT'
  | 'GUARD_RELEASED'
  | 'VERSION_CONFLICT'
  | 'REENTRANT'
  | 'WATCH_CONSUMED'
  | 'STORE_CLOSED'

/** What a store throws when it cannot; what a *value* refuses is a {@link Result}, never a throw. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
