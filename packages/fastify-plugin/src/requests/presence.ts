import { isPlaces } from '../presence/places.ts'
import { RequestError } from '../request-error.ts'
import { admittedTo } from './admission.ts'
import type { RequestHandler } from './request-handler.ts'

export const enter: RequestHandler<'enter'> = async ({ session, request }) => {
  const { store: name, key, state } = request
  const { store, appearance } = await admittedTo({ session, action: 'enter', store: name, key }, state)
  return async (reply) => {
    await session.stays.enter({ store, key }, appearance)
    reply.answer({})
  }
}

export const leave: RequestHandler<'leave'> = ({ session, request }) => {
  const { store: name, key } = request
  const store = session.endpoint.store(name)
  if (!isPlaces(store)) throw new RequestError('FORBIDDEN', `${name} has no places`)
  return async (reply) => {
    await session.stays.leave({ store, key })
    reply.answer({})
  }
}
