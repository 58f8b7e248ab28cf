import type { AnyLiveStore, TurnOptions } from '@livestore-kv/core'
import type { RequestContext } from './request-handler.ts'

/**
 * How a change waits for its turn and what it insists on.
 *
 * @throws RequestError `GUARD_RELEASED` if the session does not hold the entry by the token that it names.
 */
export function turnOptions(
  { session, request, signal }: RequestContext<'mutate' | 'assign' | 'insert'>,
  store: AnyLiveStore,
): TurnOptions {
  const { key, token, ifVersion } = request
  if (token !== undefined) session.guards.get(store, key, token)
  return {
    signal,
    ...(ifVersion !== undefined && { ifVersion }),
    ...(token !== undefined && { token }),
  }
}
