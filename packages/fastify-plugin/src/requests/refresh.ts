import type { RequestHandler } from './request-handler.ts'

// Before its turn is over: what is asked next is asked on behalf of the fresh credentials.
export const refresh: RequestHandler<'refresh'> = async ({ session, request }) => {
  const identity = await session.refresh(request.token)
  return async (reply) => {
    // The connection is closed, which says why.
    if (identity === undefined) return
    await session.review()
    reply.answer({ expiresAt: identity.expiresAt ?? null })
  }
}
