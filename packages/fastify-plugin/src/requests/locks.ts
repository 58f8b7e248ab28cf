import type { WireEntry } from '@livestore-kv/core/protocol'
import { admitted, shownAfter } from './admission.ts'
import { missing } from './entries.ts'
import type { RequestHandler } from './request-handler.ts'

export const acquire: RequestHandler<'acquire'> = async ({ session, request, signal }) => {
  const { store: name, key } = request
  let { permits } = session
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
    const expiresAt = clock.now() + leaseMs
    let entry: WireEntry
    try {
      entry = await show(guard.entry)
      // What was allowed before the wait may not be any more.
      while (permits !== session.permits) {
        permits = session.permits
        await admitted(input)
        entry = await show(guard.entry)
      }
      // Granted in the moment in which nobody wanted it any more.
      signal.throwIfAborted()
    } catch (error) {
      session.guards.release(guard)
      throw error
    }
    if (session.hasEnded) return session.guards.release(guard)
    session.endpoint.meter?.lock(name, askedAt)
    const lock = session.guards.add(store, guard)
    const result = { token: guard.token, expiresAt, entry }
    // Whoever does not learn the token could never release it: its answer is taken back, or cannot be encoded.
    signal.addEventListener('abort', () => session.guards.drop(lock), { once: true })
    reply.answerWith(() => {
      signal.throwIfAborted()
      return result
    })
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
