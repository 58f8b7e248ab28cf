import type { RequestHandler } from './request-handler.ts'

export const refresh: RequestHandler<'refresh'> =
  ({ session, request }) =>
  async (reply) => {
    const identity = await session.refresh(request.token)
    // Otherwise the connection is closed, which says why.
    if (identity) reply.answer({ expiresAt: identity.expiresAt ?? null })
  }
