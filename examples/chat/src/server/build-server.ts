import { fileURLToPath } from 'node:url'
import helmet from '@fastify/helmet'
import serveStatic from '@fastify/static'
import type { Clock } from '@livestore-kv/core'
import { livestore, livestoreOptions } from '@livestore-kv/fastify-plugin'
import type { AuthorizeInput, StampContext } from '@livestore-kv/fastify-plugin'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { DIRECTORY_KEY } from '../definitions.ts'
import type { Person, Stamp } from '../definitions.ts'
import { personOf } from './credentials.ts'
import { RoomKeeper } from './room-keeper.ts'
import type { ChatStore } from './room-keeper.ts'

export interface ChatOptions {
  /**
   * A room in which nothing happens for so many milliseconds closes.
   *
   * @default 600_000
   */
  readonly idleMs?: number
  /**
   * How often idle rooms are looked for, in milliseconds.
   *
   * @default 1_000
   */
  readonly sweepMs?: number
  /** @default 100 */
  readonly maxRooms?: number
  /**
   * How long somebody whose connection was cut counts as here, in milliseconds.
   *
   * @default 8_000
   */
  readonly awayMs?: number
  /**
   * The time of the rooms.
   *
   * @default the system's clock
   */
  readonly clock?: Clock
}

/** The built page: beside the server's own build, wherever this file runs from. */
const PAGE = fileURLToPath(new URL('../../dist/page', import.meta.url))

/** The chat, page and sockets, ready to listen. */
export async function buildServer(options: ChatOptions = {}): Promise<FastifyInstance> {
  const { idleMs = 600_000, sweepMs = 1_000, maxRooms = 100, awayMs = 8_000, clock } = options
  const stamped = stampedBy(clock)
  // Browsers keep idle connections: nobody who stops the server waits for them.
  const app = Fastify({ forceCloseConnections: true, logger: { level: 'warn' } })
  const keeper = new RoomKeeper({
    idleMs,
    sweepMs,
    maxRooms,
    ...(clock && { clock }),
    onError: (error) => app.log.error(error),
  })
  app.addHook('onClose', () => keeper.close())

  const live = livestoreOptions<ChatStore, Person>({
    stores: keeper.storages,
    authenticate: ({ token }) => {
      const person = personOf(token)
      if (person) keeper.introduce(person)
      return person && { user: person, userId: person.id }
    },
    authorize: (input) => isAllowed(input, keeper),
    prepare: {
      directory: { mutation: stamped },
      topic: { mutation: stamped },
      here: { who: ({ user: { name } }) => ({ name }) },
      room: {
        mutation: stamped,
        message: ({ message, user, now }) =>
          message.type === 'typing' ? { ...message, by: user, at: clock?.now() ?? now } : message,
      },
    },
    presence: { disconnectGraceMs: awayMs },
    // One machine, few people: they may all return as soon as it is there again.
    drain: { afterMs: 500, jitterMs: 1_000 },
  })
  await app.register(livestore, live)
  await servePage(app)
  return app
}

/** What anybody may do; what is theirs alone, the handlers of the mutations know. */
function isAllowed(input: AuthorizeInput<ChatStore, Person>, keeper: RoomKeeper): boolean {
  const { action } = input
  switch (input.store) {
    case 'directory':
      return input.key === DIRECTORY_KEY && (action === 'watch' || action === 'mutate')
    case 'room':
      return action === 'watch' || action === 'mutate' || action === 'broadcast'
    case 'topic':
      if (action === 'acquire') return keeper.isModerator(input.key, input.user.id)
      return action === 'watch' || action === 'mutate'
    case 'life':
      return action === 'mutate' ? keeper.isModerator(input.key, input.user.id) : action === 'watch'
    case 'here':
      // Nobody makes a place where there is no room.
      return keeper.isOpen(input.key)
  }
}

/** Stamps what a client sent with the time of the rooms. */
function stampedBy(clock: Clock | undefined) {
  return <TMutation extends object>({
    mutation,
    id,
    now,
    user,
  }: StampContext<Person> & { readonly mutation: TMutation }): TMutation & { stamp: Stamp } => ({
    ...mutation,
    stamp: { id, at: clock?.now() ?? now, by: user },
  })
}

async function servePage(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    // What people write is only ever text. Should the page forget that, the browser does not.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    // This server speaks plain HTTP, on the loopback.
    strictTransportSecurity: false,
  })
  await app.register(serveStatic, { root: PAGE })
  // The same page: it reads the room from its address.
  app.get('/rooms/:room', (_request, reply) => reply.sendFile('index.html'))
}
