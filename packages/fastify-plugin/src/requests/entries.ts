import { wireEntry } from '@livestore-kv/core/protocol'
import { RequestError } from '../request-error.ts'
import { admitted, admittedWith } from './admission.ts'
import type { RequestHandler } from './request-handler.ts'

export const init: RequestHandler<'init'> = async ({ session, request }) => {
  const { store: name, value } = request
  const { store, payload } = await admittedWith({ session, action: 'init', store: name }, 'value', value)
  return async (reply) => reply.answer({ key: await store.init(payload) })
}

export const create: RequestHandler<'create'> = async ({ session, request }) => {
  const { store: name, key, value } = request
  const { store, payload } = await admittedWith(
    { session, action: 'create', store: name, key },
    'value',
    value,
  )
  return async (reply) => {
    const existing = await store.create(key, payload)
    reply.answer({ existing: existing ? wireEntry(existing) : null })
  }
}

export const fetch: RequestHandler<'fetch'> = async ({ session, request }) => {
  const { store: name, key } = request
  const store = await admitted({ session, action: 'fetch', store: name, key })
  return async (reply) => {
    const entry = await store.fetch(key)
    reply.answer({ entry: entry ? wireEntry(entry) : null })
  }
}

export const remove: RequestHandler<'remove'> = async ({ session, request, signal }) => {
  const { store: name, key, token } = request
  const store = await admitted({ session, action: 'remove', store: name, key })
  return async (reply) => {
    if (token !== undefined) session.guards.get(store, key, token)
    const entry = await store.remove(key, { signal, ...(token !== undefined && { token }) })
    if (entry === undefined) throw missing(name, key)
    reply.answer({ entry: wireEntry(entry) })
  }
}

/** What is answered where an entry is asked for that is not there. */
export function missing(store: string, key: string): RequestError {
  return new RequestError('NOT_FOUND', `${store} has no entry ${key.slice(0, 64)}`)
}
