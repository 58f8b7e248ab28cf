import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { createStore } from '@livestore-kv/actors'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import { KEY } from './broadcaster.ts'
import type { Broadcaster } from './broadcaster.ts'
import { news } from './news.ts'

/** Longer than any run: nobody is pinged meanwhile, by no server. */
const PING_MS = 3_600_000
/** A client that is stalled on purpose is given the time to go on. */
const STALL_MS = 120_000

/** What only a Livestore server is asked. */
export interface LivestoreBroadcaster extends Broadcaster {
  /** Bytes that wait for clients to read them. */
  waitingBytes(): number
  /** Cuts every connection at once, without a word. */
  cutAll(): void
  /** Sessions with a client; those that wait for theirs are none. */
  sessions(): number
}

/** A Livestore server as its users run it. */
export async function startLivestore(): Promise<LivestoreBroadcaster> {
  const store = createStore(news)
  store.create(KEY, { text: '' })
  const app = Fastify()
  await app.register(
    livestore,
    livestoreOptions({
      stores: [store],
      authenticate: ({ token = '' }) => ({ user: token, userId: token }),
      authorize: () => true,
      pingMs: PING_MS,
      limits: { stallMs: STALL_MS },
    }),
  )
  await app.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 })
  const { clients } = app.websocketServer
  return {
    // An application that listens on TCP has such an address.
    port: (app.server.address() as AddressInfo).port,
    tell: (text) => void store.mutate(KEY, { type: 'tell', text }),
    waitingBytes: () => app.livestore.stats().waitingBytes,
    cutAll: () => clients.forEach((socket) => socket.terminate()),
    sessions() {
      const { sessions, restingSessions } = app.livestore.stats()
      return sessions - restingSessions
    },
  }
}
