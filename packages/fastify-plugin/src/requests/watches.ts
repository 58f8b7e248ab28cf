import { EntrySubscription } from '../entry-subscription.ts'
import type { EntryTopic } from '../entry-topic.ts'
import { ListingSubscription } from '../listing-subscription.ts'
import type { ListingTopic } from '../listing-topic.ts'
import type { Reply } from '../reply.ts'
import { RequestError } from '../request-error.ts'
import type { Session } from '../session.ts'
import { admitted } from './admission.ts'
import { missing } from './entries.ts'
import type { RequestHandler } from './request-handler.ts'

export const watch: RequestHandler<'watch'> = async ({ session, request }) => {
  const { store: name, key } = request
  const store = await admitted({ session, action: 'watch', store: name, key })
  return (reply) => {
    const open = (): Promise<void> | void => {
      const topic = session.endpoint.topics.entry(store, key)
      // At once where the engine can: a change that is asked for next is then an update, not part of the snapshot.
      return topic instanceof Promise ? topic.then(join) : join(topic)
    }
    const join = (topic: EntryTopic | undefined): Promise<void> | void => {
      if (topic === undefined) throw missing(name, key)
      // Its last subscriber may have left while the engine took its time.
      return topic.isOver ? open() : joinEntry(session, topic, reply)
    }
    return open()
  }
}

// The answer and the subscription happen in one breath: nothing is told twice, and nothing in between is lost.
function joinEntry(session: Session, topic: EntryTopic, reply: Reply<'watch'>): void {
  const { subscriptions, outbox } = session
  const known = subscriptions.get(topic.number)
  try {
    if (known === undefined && !session.hasEnded) {
      subscriptions.assertRoom()
      const subscription = new EntrySubscription({
        topic,
        outbox,
        ended: () => subscriptions.delete(topic.number),
        onError: session.onError,
      })
      subscriptions.add(subscription)
      topic.add(subscription)
    }
    // A fresh snapshot makes good whatever was missed.
    if (known instanceof EntrySubscription) known.refresh()
    reply.answer({ topic: topic.number, ...topic.snapshot() })
  } catch (error) {
    // The client did not learn the topic (JSON cannot hold the value, for example): it could never unwatch it.
    if (known === undefined) endSubscription(session, topic.number)
    throw error
  } finally {
    topic.closeIfUnused()
  }
}

function endSubscription({ subscriptions }: Session, topic: number): void {
  const subscription = subscriptions.get(topic)
  subscriptions.delete(topic)
  subscription?.close()
}

export const watchStore: RequestHandler<'watchStore'> = async ({ session, request }) => {
  const { store: name, changes = false } = request
  const store = await admitted({ session, action: 'watchStore', store: name })
  return async (reply) => {
    let topic = await session.endpoint.topics.listing(store, changes)
    while (topic.isOver) topic = await session.endpoint.topics.listing(store, changes)
    const subscription = listingSubscription(session, topic)
    if (subscription === undefined) return
    try {
      await subscription.list((entries) => reply.answer({ topic: topic.number, entries }))
    } catch (error) {
      // By now there may be another one to the same topic.
      if (session.subscriptions.get(topic.number) === subscription) session.subscriptions.delete(topic.number)
      subscription.close()
      throw error
    }
  }
}

function listingSubscription(session: Session, topic: ListingTopic): ListingSubscription | undefined {
  const { subscriptions, outbox, endpoint, identity } = session
  const known = subscriptions.get(topic.number)
  if (known instanceof ListingSubscription) return known
  if (session.hasEnded) {
    topic.closeIfUnused()
    return undefined
  }
  const { limits, authorize, scanLimit } = endpoint.options
  const store = topic.store.definition.name
  const { user } = identity
  try {
    subscriptions.assertRoom()
  } catch (error) {
    topic.closeIfUnused()
    throw error
  }
  const subscription = new ListingSubscription({
    topic,
    outbox,
    limit: limits.listing,
    scanLimit,
    ended: () => subscriptions.delete(topic.number),
    maySee: (key) => authorize({ user, action: 'watchStore', store, key }),
    onError: session.onError,
  })
  subscriptions.add(subscription)
  topic.add(subscription)
  return subscription
}

export const unwatch: RequestHandler<'unwatch'> =
  ({ session, request }) =>
  (reply) => {
    const { topic } = request
    if (session.subscriptions.get(topic) === undefined)
      throw new RequestError('NOT_FOUND', `there is no subscription to topic ${topic}`)
    endSubscription(session, topic)
    reply.answer({})
  }
