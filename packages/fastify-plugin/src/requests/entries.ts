import type { AnyLiveStore } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import { RequestError } from '../request-error.ts'
import { admitted, admittedWith, shownAfter } from './admission.ts'
import { handled } from './handler-error.ts'
import type { RequestHandler } from './request-handler.ts'

export const init: RequestHandler<'init'> = async ({ session, request }) => {
  const { store: name, value } = request
  const { store, payload } = await admittedWith({ session, action: 'init', store: name }, 'value', value)
  return async (reply) => reply.answer({ key: await handled(store, () => store.init(payload)) })
}

export const create: RequestHandler<'create'> = async ({ session, request }) => {
  const { store: name, key, value } = request
  const input = { session, action: 'create', store: name, key } as const
  const { store, payload } = await admittedWith(input, 'value', value)
  const show = await shownAfter(input)
  return async (reply) => {
    const existing = await handled(store, () => store.create(key, payload))
    reply.answer({ existing: existing ? await show(existing) : null })
  }
}

export const fetch: RequestHandler<'fetch'> = async ({ session, request }) => {
  const { store: name, key, view } = request
  let { permits } = session
  const admit = (): Promise<AnyLiveStore> => {
    permits = session.permits
    return admitted({ session, action: 'fetch', store: name, key, view })
  }
  const store = await admit()
  return async (reply) => {
    const entry = await store.fetch(key)
    const answer = async (): Promise<void> => {
      // What was allowed before there was room for it may not be any more.
      while (permits !== session.permits) await admit()
      if (entry === undefined) return reply.answer({ entry: null })
      if (view === undefined) return reply.answer({ entry: wireEntry(entry) })
      const { views, topics } = session.endpoint
      // Whom the user sees with now, and not when it was asked for.
      reply.answer({ entry: topics.seen(store, entry, views.of(name, view, session.identity.user)) })
    }
    return session.link ? session.link.outbox.whenRoom(answer) : answer()
  }
}

export const remove: RequestHandler<'remove'> = async ({ session, request, signal }) => {
  const { store: name, key, token } = request
  const input = { session, action: 'remove', store: name, key } as const
  const store = await admitted(input)
  const show = await shownAfter(input)
  return async (reply) => {
    if (token !== undefined) session.guards.get(store, key, token)
    const entry = await store.remove(key, { signal, ...(token !== undefined && { token }) })
    if (entry === undefined) throw missing(name, key)
    reply.answer({ entry: await show(entry) })
  }
}

/** What is answered where an entry is asked for that is not there. */
export function missing(store: string, key: string): RequestError {
  return new RequestError('NOT_FOUND', `${store} has no entry ${key.slice(0, 64)}`)
}
