import type { Awaitable } from '@livestore-kv/core'
import type { RequestType } from '@livestore-kv/core/protocol'
import { RequestError } from '../request-error.ts'
import { broadcast, mutate } from './changes.ts'
import { create, fetch, init, remove } from './entries.ts'
import { acquire, release, renew } from './locks.ts'
import { enter, leave } from './presence.ts'
import { refresh } from './refresh.ts'
import type { Enter, RequestContext, RequestHandler } from './request-handler.ts'
import { unwatch, watch, watchStore } from './watches.ts'
import { assign, insert } from './writes.ts'

// `cancel` is not here: it does not wait its turn.
const HANDLERS: { readonly [K in Exclude<RequestType, 'cancel'>]: RequestHandler<K> } = {
  init,
  create,
  assign,
  insert,
  fetch,
  remove,
  mutate,
  broadcast,
  acquire,
  renew,
  release,
  watch,
  watchStore,
  unwatch,
  enter,
  leave,
  refresh,
}

// Sound: a handler is found by the type of the request that it is given.
const BY_TYPE = new Map(Object.entries(HANDLERS) as [RequestType, RequestHandler<RequestType>][])

/** Readies any request. */
export function readyFor(context: RequestContext): Awaitable<Enter<RequestType>> {
  const handler = BY_TYPE.get(context.request.type)
  if (handler) return handler(context)
  throw new RequestError('UNKNOWN_FRAME', `requests of type ${context.request.type} are not served`)
}
