import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { WebSocket } from 'ws'
import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import { createClient } from '@livestore-kv/client'
import type { Client } from '@livestore-kv/client'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import { describe, expect, it, vi } from 'vitest'
import { note } from '../../fastify-plugin/test/definitions.ts'
import type { NoteTypes } from '../../fastify-plugin/test/definitions.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const

interface LiveServer extends AsyncDisposable {
  readonly port: number
  readonly store: Store<NoteTypes>
  /** Every connection is lost, as if a cable were pulled. */
  cut(): void
  stop(): Promise<void>
}

async function serve(port = 0): Promise<LiveServer> {
  const store = createStore(note)
  const app = Fastify()
  await app.register(
    livestore,
    livestoreOptions({
      stores: [store],
      authenticate: ({ token }) => (token === undefined ? undefined : { user: token, userId: token }),
      authorize: () => true,
    }),
  )
  await app.listen({ host: '127.0.0.1', port })
  const stop = async (): Promise<void> => {
    await app.close()
    await store.close()
  }
  return {
    // An application that listens on TCP has such an address.
    port: (app.server.address() as AddressInfo).port,
    store,
    cut: () => app.websocketServer.clients.forEach((socket) => socket.terminate()),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function connect(port: number): Client<typeof note> {
  return createClient({
    url: `http://127.0.0.1:${port}/live`,
    token: async () => 'ada',
    definitions: [note],
    WebSocket,
    backoff: { firstMs: 20, maxMs: 100 },
  })
}

describe('client over a real socket', () => {
  it('mirrors an entry that others change, and changes it', async () => {
    await using server = await serve()
    using client = connect(server.port)
    const notes = client.store(note)

    const key = await notes.init(text('a'))
    using mirror = notes.watch(key)
    await vi.waitFor(() => expect(mirror.status).toBe('live'))
    await server.store.mutate(key, write('b'))
    const result = await notes.mutate(key, write('c'), { optimistic: true })

    expect(result).toMatchObject({ ok: true, value: { version: 3 } })
    await vi.waitFor(() => expect(mirror.entry).toEqual(server.store.fetch(key)))
    expect(client.status).toEqual({ phase: 'online', user: 'ada', outdated: [] })
  })

  it('carries out each mutation once, and sees each version once, over many cuts', async () => {
    await using server = await serve()
    using client = connect(server.port)
    const notes = client.store(note)
    const key = await notes.init(text('0'))
    using mirror = notes.watch(key)
    const versions: number[] = []
    mirror.onUpdate((update) => {
      if (update.type === 'snapshot' || update.type === 'mutate') versions.push(update.entry.version)
    })
    await vi.waitFor(() => expect(mirror.status).toBe('live'))

    const results = []
    for (let count = 1; count <= 60; count++) {
      results.push(notes.mutate(key, write(`${count}`)))
      if (count % 6 !== 0) continue
      server.cut()
      await results.at(-1)
    }
    const outcomes = await Promise.all(results)
    await vi.waitFor(() => expect(mirror.entry?.version).toBe(61))

    expect(outcomes.map((outcome) => outcome?.ok && outcome.value.version)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 2),
    )
    expect(versions).toEqual(Array.from({ length: 61 }, (_, index) => index + 1))
    expect(mirror.entry).toEqual(server.store.fetch(key))
  })

  it('comes back by itself after a restart on the same port, and says what is gone', async () => {
    const first = await serve()
    using client = connect(first.port)
    const notes = client.store(note)
    const key = await notes.init(text('a'))
    using mirror = notes.watch(key)
    await vi.waitFor(() => expect(mirror.status).toBe('live'))

    await first.stop()
    await vi.waitFor(() => expect(mirror.status).toBe('stale'))
    const asked = notes.init(text('b'))
    await using second = await serve(first.port)

    const created = await asked
    expect(second.store.fetch(created)?.value).toEqual(text('b'))
    await vi.waitFor(() => expect(mirror.state).toMatchObject({ status: 'gone', reason: 'missing' }))
    expect(mirror.entry?.value).toEqual(text('a'))
  })

  it('keeps a lock over a cut, and gives it up when it is closed', async () => {
    await using server = await serve()
    using client = connect(server.port)
    const notes = client.store(note)
    const key = await notes.init(text('a'))
    const guard = await notes.acquire(key)

    server.cut()
    const result = await guard?.mutate(write('b'))
    const held = server.store.tryAcquire(key)
    client.close()

    expect(result).toMatchObject({ ok: true })
    expect(held).toBeUndefined()
    await vi.waitFor(() => expect(server.store.tryAcquire(key)).toBeDefined())
  })
})
