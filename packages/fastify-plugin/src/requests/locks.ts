import { admitted, shownAfter } from './admission.ts'
import { missing } from './entries.ts'
import type { RequestHandler } from './request-handler.ts'

export const acquire: RequestHandler<'acquire'> = async ({ session, request, signal }) => {
  const { store: name, key } = request
  const input = { session, action: 'acquire', store: name, key } as const
  const store = await admitted(input)
  const show = await shownAfter(input)
  const { limits, clock } = session.endpoint.options
  const leaseMs = Math.min(request.leaseMs ?? limits.leaseMs, limits.leaseMs)
  const timeoutMs = Math.min(request.timeoutMs ?? limits.waitMs, limits.waitMs)
  return async (reply) => {
    const askedAt = clock.now()
    const guard = await store.acquire(key, {
      signal,
      leaseMs,
      holder: session.identity.userId,
      timeoutMs,
    })
    if (guard === undefined) throw missing(name, key)
    // Granted in the moment in which nobody wanted it any more.
    if (session.hasEnded || signal.aborted) {
      session.guards.release(guard)
      return signal.throwIfAborted()
    }
    session.endpoint.meter?.lock(name, askedAt)
    session.guards.add(store, guard)
    reply.answer({ token: guard.token, expiresAt: clock.now() + leaseMs, entry: show(guard.entry) })
  }
}

export const renew: RequestHandler<'renew'> = ({ session, request }) => {
  const { key, token } = request
  const { limits, clock } = session.endpoint.options
  const leaseMs = Math.min(request.leaseMs ?? limits.leaseMs, limits.leaseMs)
  const store = session.endpoint.store(request.store)
  return async (reply) => {
    await session.guards.get(store, key, token).renew(leaseMs)
    reply.answer({ expiresAt: clock.now() + leaseMs })
  }
}

export const release: RequestHandler<'release'> = ({ session, request }) => {
  const { key, token } = request
  const store = session.endpoint.store(request.store)
  return async (reply) => {
    await session.guards.take(store, key, token).release()
    reply.answer({})
  }
}
