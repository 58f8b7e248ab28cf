/** The outcome of a mutation: accepted with a value, or refused for a declared reason. */
export type Result<TValue, TError> =
  | { readonly ok: true; readonly value: TValue }
  | { readonly ok: false; readonly error: TError }

/**
 * Accepts: the outcome that carries `value`. It has the type of what it is returned as, so that a slip in the name of a
 * field is an error; where nothing says what that is, say it: `ok<Value>(…)`.
 */
export function ok<TValue>(value: NoInfer<TValue>): { readonly ok: true; readonly value: TValue } {
  return { ok: true, value }
}

/** Refuses: the outcome that carries the declared reason. Nothing changes and no watcher is told. */
export function refuse<const TError>(error: TError): { readonly ok: false; readonly error: TError } {
  return { ok: false, error }
}
