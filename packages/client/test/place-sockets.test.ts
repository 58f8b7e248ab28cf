import type { AddressInfo } from 'node:net'
import { createStore } from '@livestore-kv/actors'
import { createClient, createKey, openPlace } from '@livestore-kv/client'
import type { Client, Place } from '@livestore-kv/client'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { here } from '../../fastify-plugin/test/presence.ts'
import type { HereStore, HereTypes } from '../../fastify-plugin/test/presence.ts'

interface LiveServer extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly heres: HereStore
  readonly port: number
  connect(token: string): Client<never>
}

async function serve(disconnectGraceMs: number): Promise<LiveServer> {
  const heres = createStore(here)
  const app = Fastify()
  await app.register(
    livestore,
    livestoreOptions({
      stores: [heres],
      authenticate: ({ token }) => (token === undefined ? undefined : { user: token, userId: token }),
      authorize: ({ user, action }) => user !== 'mallory' || action !== 'enter',
      prepare: { here: { who: ({ userId }) => ({ name: userId.toUpperCase() }) } },
      presence: { disconnectGraceMs },
    }),
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  // An application that listens on TCP has such an address.
  const { port } = app.server.address() as AddressInfo
  return {
    app,
    heres,
    port,
    connect: (token) =>
      createClient<never>({
        url: `http://127.0.0.1:${port}/live`,
        token,
        definitions: [],
        WebSocket,
        backoff: { firstMs: 20, maxMs: 50 },
      }),
    async [Symbol.asyncDispose]() {
      await app.close()
      await heres.close()
    },
  }
}

const users = ({ members }: Place<HereTypes>): string[] => members.map(({ userId }) => userId)
const state = { typing: false }

describe('a place over a real socket', () => {
  it('is seen by two users alike, over cuts, and nobody sees anybody leave', async () => {
    await using server = await serve(60_000)
    const key = createKey()
    using one = server.connect('ada')
    using two = server.connect('bob')
    const [ada, bob] = [openPlace(one, here, key), openPlace(two, here, key)]
    await ada.enter(state)
    await bob.enter(state)
    await vi.waitFor(() => expect([users(ada), users(bob)]).toEqual(Array(2).fill(['ada', 'bob'])))
    const left: unknown[] = []
    server.heres.watch(key)?.onUpdate((update) => {
      if (update.type === 'mutate' && update.mutation.type !== 'show') left.push(update)
    })

    for (let cut = 0; cut < 5; cut++) {
      server.app.websocketServer.clients.forEach((socket) => socket.terminate())
      await ada.enter({ typing: true, note: String(cut) })
      await vi.waitFor(() => {
        expect(bob.status).toBe('live')
        expect(bob.members[0]?.state.note).toBe(String(cut))
      })
    }

    expect(left).toEqual([])
    expect(await server.app.livestore.members(here, key)).toMatchObject([
      { userId: 'ada', who: { name: 'ADA' }, state: { note: '4' } },
      { userId: 'bob', who: { name: 'BOB' } },
    ])
  })

  it('is left when the client is gone for longer than the grace, and entered again when it is back', async () => {
    await using server = await serve(1)
    const key = createKey()
    using one = server.connect('ada')
    const ada = openPlace(one, here, key)
    await ada.enter(state)
    const seen: string[] = []
    server.heres.watch(key)?.onUpdate((update) => {
      if (update.type === 'mutate') seen.push(update.mutation.type)
    })

    server.app.websocketServer.clients.forEach((socket) => socket.terminate())

    await vi.waitFor(() => expect(seen).toEqual(['leave', 'enter']))
    await vi.waitFor(() => expect(users(ada)).toEqual(['ada']))
  })

  it('is left at once by a client that closes, and cannot be entered by whoever may not', async () => {
    await using server = await serve(60_000)
    const key = createKey()
    using one = server.connect('ada')
    using two = server.connect('mallory')
    const [ada, mallory] = [openPlace(one, here, key), openPlace(two, here, key)]
    await ada.enter(state)
    await expect(mallory.enter(state)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await vi.waitFor(() => expect(users(mallory)).toEqual(['ada']))

    one.close()

    await vi.waitFor(() => expect(users(mallory)).toEqual([]))
    expect(await server.app.livestore.members(here, createKey())).toEqual([])
  })

  it('has nobody in it when the server has closed', async () => {
    await using server = await serve(60_000)
    using one = server.connect('ada')
    await openPlace(one, here, createKey()).enter(state)

    await server.app.close()

    expect(server.heres.count()).toBe(0)
  })
})
