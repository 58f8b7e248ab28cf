import { defineValue, ok, refuse } from '@livestore-kv/core'
import type { ValueOf } from '@livestore-kv/core'
import * as v from 'valibot'
import { cleanName, cleanText, flawOf, foldName } from './text.ts'
import type { TextFlaw } from './text.ts'

// Everything that the server and the page share is to be had here: five kinds of entries, and what goes with them.

export { here } from './here.ts'
export type { HereTypes } from './here.ts'
export { CLOSING_MS, life, LIFE_EVENTS } from './life.ts'
export type { LifeEvent, LifeTypes } from './life.ts'

/**
 * The most of everything; lengths in code points. A watcher is sent the whole room with every change: full of the
 * longest messages, in characters of four bytes, it is still less than what may wait on a connection.
 */
export const LIMITS = { personName: 32, roomName: 40, topic: 160, text: 1_000, messages: 200 } as const

/** Nobody posts more than so many messages within so many milliseconds. */
export const PACE = { messages: 10, withinMs: 5_000 } as const

/** In slow mode, nobody posts twice within so many milliseconds. */
export const SLOW_MS = 10_000

/** For so long it matters who posted when, in milliseconds. */
const LATE_MS = Math.max(SLOW_MS, PACE.withinMs)

/** The one entry of the directory's store. */
export const DIRECTORY_KEY = 'd1ec7042-0000-4000-8000-000000000001'

export interface Person {
  readonly id: string
  readonly name: string
}

/** What the server adds to a mutation: nobody chooses an id, a time or an author for themselves. */
export interface Stamp {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: Person
}

// The directory: which rooms there are, and their names. One entry, so that two rooms never get one name.

export interface Listing {
  readonly room: string
  readonly name: string
  /** Who opened the room, and may rename it and set its topic, by the name that they go by now. */
  readonly moderator: Person
}

export interface DirectoryTypes {
  name: 'directory'
  value: { capacity: number; listings: Listing[] }
  mutation:
    /** The stamp's id becomes the room's key. */
    | { type: 'open'; name: string; stamp: Stamp }
    | { type: 'rename'; room: string; name: string; stamp: Stamp }
    /** Frees the name of a room that is gone. Only the server says so: the schema does not know it. */
    | { type: 'close'; room: string }
    /** Follows a moderator's new name. Only the server says so. */
    | { type: 'introduce'; person: Person }
  message: never
  error: TextFlaw | 'taken' | 'full' | 'not-moderator' | 'no-such-room'
  stamped: 'stamp'
}

export const directory = defineValue<DirectoryTypes>({
  name: 'directory',
  revision: '2',
  mutations: {
    open: (value, { name: raw, stamp }) => {
      const name = cleanName(raw)
      const flaw = flawOf(name, LIMITS.roomName) ?? takenBy(value.listings, name)
      if (flaw) return refuse(flaw)
      if (value.listings.length >= value.capacity) return refuse('full')
      const listing: Listing = { room: stamp.id, name, moderator: stamp.by }
      return ok({ ...value, listings: [...value.listings, listing] })
    },
    rename: (value, { room, name: raw, stamp }) => {
      const name = cleanName(raw)
      const listing = value.listings.find((each) => each.room === room)
      if (!listing) return refuse('no-such-room')
      if (listing.moderator.id !== stamp.by.id) return refuse('not-moderator')
      const others = value.listings.filter((each) => each !== listing)
      const flaw = flawOf(name, LIMITS.roomName) ?? takenBy(others, name)
      if (flaw) return refuse(flaw)
      const listings = value.listings.map((each) => (each === listing ? { ...each, name } : each))
      return ok({ ...value, listings })
    },
    close: (value, { room }) => {
      const listings = value.listings.filter((each) => each.room !== room)
      return listings.length < value.listings.length ? ok({ ...value, listings }) : refuse('no-such-room')
    },
    introduce: (value, { person }) => {
      const renamed = (each: Listing): Listing =>
        each.moderator.id === person.id ? { ...each, moderator: person } : each
      return ok({ ...value, listings: value.listings.map(renamed) })
    },
  },
  schema: {
    mutation: v.variant('type', [
      v.object({ type: v.literal('open'), name: v.string() }),
      v.object({ type: v.literal('rename'), room: v.pipe(v.string(), v.uuid()), name: v.string() }),
    ]),
  },
})

function takenBy(listings: readonly Listing[], name: string): 'taken' | undefined {
  const folded = foldName(name)
  return listings.some((each) => foldName(each.name) === folded) ? 'taken' : undefined
}

// A room: what was said in it. Its name is the directory's and its topic is an entry of its own, so that holding the
// topic keeps nobody from talking.

export interface ChatMessage {
  readonly id: string
  readonly author: Person
  readonly text: string
  /** Milliseconds since 1970. */
  readonly postedAt: number
  readonly editedAt?: number
}

export interface RoomTypes {
  name: 'room'
  /**
   * `dropped` counts the oldest messages that made place for newer ones; within `slowMs` milliseconds nobody posts twice.
   * `posts` says who posted when of late: a message that was deleted counts too.
   */
  value: { messages: ChatMessage[]; dropped: number; slowMs: number; posts: { by: string; at: number }[] }
  mutation:
    | { type: 'post'; text: string; stamp: Stamp }
    | { type: 'edit'; id: string; text: string; stamp: Stamp }
    | { type: 'delete'; id: string; stamp: Stamp }
    /** Follows the room's life. Only the server says so: the schema does not know it. */
    | { type: 'pace'; slowMs: number }
  message:
    /** Whoever hears of it late sees from `at`, in milliseconds since 1970, that it is over. */
    | { type: 'typing'; by: Person; at: number }
    /** Somebody is still here: the server restarts the room's idle clock. */
    | { type: 'stay' }
    /** Rides on the removal of a room that was closed. Only the server says so. */
    | { type: 'goodbye'; closedBy: Person }
  error: TextFlaw | 'too-fast' | 'slow-mode' | 'not-yours' | 'no-such-message'
  stamped: 'stamp' | 'by' | 'at'
}

export const room = defineValue<RoomTypes>({
  name: 'room',
  revision: '4',
  mutations: {
    post: (value, { text: raw, stamp }) => {
      const text = cleanText(raw)
      const flaw = flawOf(text, LIMITS.text) ?? hurryOf(value, stamp)
      if (flaw) return refuse(flaw)
      const message: ChatMessage = { id: stamp.id, author: stamp.by, text, postedAt: stamp.at }
      const surplus = Math.max(0, value.messages.length + 1 - LIMITS.messages)
      const messages = [...value.messages.slice(surplus), message]
      const posts = value.posts.filter(({ at }) => at > stamp.at - LATE_MS)
      return ok({
        ...value,
        messages,
        dropped: value.dropped + surplus,
        posts: [...posts, { by: stamp.by.id, at: stamp.at }],
      })
    },
    edit: (value, { id, text: raw, stamp }) => {
      const text = cleanText(raw)
      const flaw = flawIn(value.messages, id, stamp) ?? flawOf(text, LIMITS.text)
      if (flaw) return refuse(flaw)
      const edited = (message: ChatMessage): ChatMessage => ({ ...message, text, editedAt: stamp.at })
      return ok({ ...value, messages: value.messages.map((each) => (each.id === id ? edited(each) : each)) })
    },
    delete: (value, { id, stamp }) => {
      const flaw = flawIn(value.messages, id, stamp)
      if (flaw) return refuse(flaw)
      return ok({ ...value, messages: value.messages.filter((each) => each.id !== id) })
    },
    pace: (value, { slowMs }) => ok({ ...value, slowMs }),
  },
  schema: {
    mutation: v.variant('type', [
      v.object({ type: v.literal('post'), text: v.string() }),
      v.object({ type: v.literal('edit'), id: v.string(), text: v.string() }),
      v.object({ type: v.literal('delete'), id: v.string() }),
    ]),
    message: v.variant('type', [
      v.object({ type: v.literal('typing') }),
      v.object({ type: v.literal('stay') }),
    ]),
  },
})

function hurryOf(
  { posts, slowMs }: ValueOf<RoomTypes>,
  { by, at }: Stamp,
): 'too-fast' | 'slow-mode' | undefined {
  const own = posts.filter((post) => post.by === by.id)
  if (own.some((post) => post.at > at - slowMs)) return 'slow-mode'
  return own.filter((post) => post.at > at - PACE.withinMs).length < PACE.messages ? undefined : 'too-fast'
}

function flawIn(
  messages: readonly ChatMessage[],
  id: string,
  { by }: Stamp,
): 'not-yours' | 'no-such-message' | undefined {
  const message = messages.find((each) => each.id === id)
  if (!message) return 'no-such-message'
  return message.author.id === by.id ? undefined : 'not-yours'
}

// A room's topic, under the room's key: whoever edits it holds it.

export interface TopicTypes {
  name: 'topic'
  /** `moderator` is the id of whoever may set it: their name is the directory's. */
  value: { text: string; moderator: string }
  mutation: { type: 'set'; text: string; stamp: Stamp }
  message: never
  error: 'too-long' | 'not-moderator'
  stamped: 'stamp'
}

export const topic = defineValue<TopicTypes>({
  name: 'topic',
  revision: '2',
  mutations: {
    set: (value, { text: raw, stamp }) => {
      const text = cleanName(raw)
      if (value.moderator !== stamp.by.id) return refuse('not-moderator')
      if (flawOf(text, LIMITS.topic) === 'too-long') return refuse('too-long')
      return ok({ ...value, text })
    },
  },
  schema: {
    mutation: v.object({ type: v.literal('set'), text: v.string() }),
  },
})
