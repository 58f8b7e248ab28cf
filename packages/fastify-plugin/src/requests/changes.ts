import { admittedWith } from './admission.ts'
import { missing } from './entries.ts'
import { handled } from './handler-error.ts'
import type { RequestHandler } from './request-handler.ts'
import { turnOptions } from './turn.ts'

export const mutate: RequestHandler<'mutate'> = async (context) => {
  const { session, request } = context
  const { store: name, key, mutation } = request
  const input = { session, action: 'mutate', store: name, key } as const
  const { store, payload } = await admittedWith(input, 'mutation', mutation)
  return async (reply) => {
    const result = await handled(store, () => store.mutate(key, payload, turnOptions(context, store)))
    if (result === undefined) throw missing(name, key)
    if (!result.ok) return reply.refuse(result.error)
    const { epoch, version, changedAt } = result.value
    reply.answer({ epoch, version, changedAt })
  }
}

export const broadcast: RequestHandler<'broadcast'> = async ({ session, request }) => {
  const { store: name, key, message } = request
  const input = { session, action: 'broadcast', store: name, key } as const
  const { store, payload } = await admittedWith(input, 'message', message)
  return async (reply) => {
    if (!(await store.broadcast(key, payload))) throw missing(name, key)
    reply.answer({})
  }
}
