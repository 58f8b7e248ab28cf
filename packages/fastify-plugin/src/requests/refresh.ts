import type { RequestHandler } from './request-handler.ts'

// Before its turn is over: what is asked next is asked on behalf of the fresh credentials.
export const refresh: RequestHandler<'refresh'> = async ({ session, request }) => {
  const identity = await session.refresh(request.token)
  // Whoever takes the request back now is looked at all the same.
  const reviewed = identity && session.review()
  return async (reply) => {
    // The connection is closed, which says why.
    if (identity === undefined) return
    await reviewed
    // Those of when it is told: what is granted before is among them, though its answer may come later.
    reply.answerWith(() => ({ expiresAt: identity.expiresAt ?? null, locks: session.guards.locks }))
  }
}
