import type { AnyLiveStore } from '@livestore-kv/core'
import type { Position, RequestFrame, WireEntry } from '@livestore-kv/core/protocol'
import type { Outbox } from '../connections/outbox.ts'
import { UnwantedError } from '../listings/listing-round.ts'
import { ListingSubscription } from '../listings/listing-subscription.ts'
import type { ListingTopic } from '../listings/listing-topic.ts'
import { isPlaces } from '../presence/places.ts'
import { RequestError } from '../request-error.ts'
import type { Session } from '../sessions/session.ts'
import { EntrySubscription } from '../topics/entry-subscription.ts'
import type { EntryTopic } from '../topics/entry-topic.ts'
import { NOWHERE } from '../topics/history.ts'
import type { GroupView } from '../topics/views.ts'
import { admitted } from './admission.ts'
import { missing } from './entries.ts'
import type { Reply } from './reply.ts'
import type { RequestContext, RequestHandler } from './request-handler.ts'
import { untilAborted } from './until-aborted.ts'

export const watch: RequestHandler<'watch'> = async (context) => {
  const { session, request, signal } = context
  const { store: name, key, view } = request
  if (view !== undefined && request.as === 'mutation') {
    throw new RequestError('BAD_FRAME', 'what is seen through a view is told by its value')
  }
  let { permits } = session
  const admit = (): Promise<AnyLiveStore> => {
    permits = session.permits
    return admitted({ session, action: 'watch', store: name, key, view })
  }
  const store = await admit()
  return (reply) => {
    const open = (): Promise<void> | void => {
      // A place is there as soon as somebody looks: nobody may be in it yet.
      const made = isPlaces(store) ? store.create(key, []) : undefined
      return made instanceof Promise ? made.then(follow) : follow()
    }
    const follow = (): Promise<void> | void => {
      const topic = session.endpoint.topics.entry(store, key)
      // At once where the engine can: a change that is asked for next is then an update, not part of the snapshot.
      return topic instanceof Promise ? topic.then(join) : join(topic)
    }
    // A snapshot may be as large as an entry.
    const join = (topic: EntryTopic | undefined): Promise<void> | void =>
      session.link ? session.link.outbox.whenRoom(() => joinNow(topic)) : joinNow(topic)
    const joinNow = (topic: EntryTopic | undefined): Promise<void> | void => {
      if (permits !== session.permits && !signal.aborted) return askAgain(topic)
      // Tidied away while the engine took its time.
      if (topic === undefined && isPlaces(store)) return open()
      if (topic === undefined) throw missing(name, key)
      // Its last subscriber may have left while the engine, or the client, took its time.
      return topic.isOver ? open() : joinEntry(context, topic, reply)
    }
    // What was allowed before the engine, or the client, took its time may not be any more.
    const askAgain = async (topic: EntryTopic | undefined): Promise<void> => {
      topic?.closeIfUnused()
      await admit()
      return open()
    }
    const opened = open()
    return opened && untilAborted(opened, signal)
  }
}

// The answer and the subscription happen in one breath: nothing is told twice, and nothing in between is lost.
function joinEntry(
  { session, request, signal }: RequestContext<'watch'>,
  entry: EntryTopic,
  reply: Reply<'watch'>,
): void {
  const { subscriptions, link } = session
  try {
    // Nobody wants it any more.
    signal.throwIfAborted()
    if (link === undefined) return
    const form = entry.as(groupView(session, request) ?? request.as ?? 'value')
    const { number } = form.topic
    const known = subscriptions.get(number)
    if (known instanceof EntrySubscription) {
      const snapshot = known.snapshot()
      // It makes good whatever was missed.
      known.refresh()
      return reply.answer({ topic: number, seq: known.seq, ...snapshot })
    }
    subscriptions.assertRoom()
    const subscription = new EntrySubscription({
      entry,
      form,
      ended: () => subscriptions.delete(number),
      onError: (error) => session.onError(error),
      tally: session.endpoint.tally,
    })
    subscriptions.add(subscription)
    try {
      // Versions do not say whose view it was that the client knows.
      begin(subscription, link.outbox, form.view ? undefined : request.from, reply)
    } catch (error) {
      // The client did not learn the topic (JSON cannot hold the value, for example): it could never unwatch it.
      endSubscription(session, number)
      throw error
    }
  } finally {
    entry.closeIfUnused()
  }
}

/** With whom the user sees now, and not when it was asked for. */
function groupView(
  { endpoint, identity: { user } }: Session,
  { store, view }: RequestFrame<'watch' | 'watchStore'>,
): GroupView | undefined {
  return view === undefined ? undefined : endpoint.views.of(store, view, user)
}

/** Answers with a snapshot, or goes on from `from`: with what was missed since, or a snapshot and why it must be one. */
function begin(
  subscription: EntrySubscription,
  outbox: Outbox,
  from: Position | undefined,
  reply: Reply<'watch'>,
): void {
  const { number: topic } = subscription
  if (from === undefined) {
    subscription.start(outbox)
    return reply.answer({ topic, seq: subscription.seq, ...subscription.snapshot() })
  }
  const { lock, expiresAt } = subscription.snapshot()
  const start = subscription.startOf(from)
  if (typeof start === 'number') {
    reply.answer({ topic, seq: start, entry: null, lock, expiresAt })
    return subscription.resume(outbox, start)
  }
  // Who comes back without having read the snapshot, which may be lost, must not pass for one who has.
  reply.answer({ topic, seq: NOWHERE, entry: null, lock, expiresAt })
  subscription.start(outbox)
  subscription.restart(start, NOWHERE)
}

function endSubscription({ subscriptions }: Session, topic: number): void {
  const subscription = subscriptions.get(topic)
  subscriptions.delete(topic)
  subscription?.close()
}

export const watchStore: RequestHandler<'watchStore'> = async (context) => {
  const { session, request, signal } = context
  const { store: name, changes = false, view } = request
  let { permits } = session
  const admit = (): Promise<AnyLiveStore> => {
    permits = session.permits
    return admitted({ session, action: 'watchStore', store: name, view })
  }
  const store = await admit()
  return (reply) => {
    const list = async (): Promise<void> => {
      let listing = await session.endpoint.topics.listing(store, changes)
      while (listing.isOver) listing = await session.endpoint.topics.listing(store, changes)
      // What was allowed before the engine took its time may not be any more.
      if (permits !== session.permits && !signal.aborted) {
        listing.closeIfUnused()
        await admit()
        return list()
      }
      const subscription = joinListing(context, listing)
      if (subscription === undefined) return
      let isAnswered = false
      const { number: topic } = subscription
      try {
        const answer = (entries: readonly WireEntry[], seq: number): void => {
          reply.answer({ topic, seq, entries })
          isAnswered = true
        }
        await subscription.list({ answer, signal })
      } catch (error) {
        // By now it may have ended, and there may be another one to the same topic.
        const hadEnded = session.subscriptions.get(topic) !== subscription
        if (!hadEnded) session.subscriptions.delete(topic)
        subscription.close(error)
        // It failed for those who shared it.
        if (isAnswered) return
        // It ended with those who had asked for it before.
        if (error instanceof UnwantedError && !signal.aborted) return list()
        if (!hadEnded || !session.isOutOfGroup(subscription)) throw error
        // It ended because the user sees with others now: whoever asked is answered what these see.
        await admit()
        return list()
      }
    }
    return untilAborted(list(), signal)
  }
}

function joinListing(
  { session, request, signal }: RequestContext<'watchStore'>,
  listing: ListingTopic,
): ListingSubscription | undefined {
  const { subscriptions, endpoint, link } = session
  try {
    // Nobody wants it any more.
    signal.throwIfAborted()
    if (link === undefined) return undefined
    const form = listing.as(groupView(session, request))
    const { number } = form.topic
    const known = subscriptions.get(number)
    if (known instanceof ListingSubscription) return known
    subscriptions.assertRoom()
    const { store, view } = request
    const { limits, authorize, scanLimit, budgetBytes } = endpoint.options
    const subscription = new ListingSubscription({
      listing,
      form,
      limit: limits.listing,
      scanLimit,
      maxBytes: budgetBytes,
      admit: () => admitted({ session, action: 'watchStore', store, view }),
      ended: () => subscriptions.delete(number),
      maySee: (key) => {
        const { user } = session.identity
        return authorize({ user, action: 'watchStore', store, key, ...(view !== undefined && { view }) })
      },
      onError: (error) => session.onError(error),
      tally: endpoint.tally,
    })
    subscription.start(link.outbox)
    subscriptions.add(subscription)
    return subscription
  } finally {
    listing.closeIfUnused()
  }
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
