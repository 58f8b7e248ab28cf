import { describe, expect, it, vi } from 'vitest'
import { startServer } from './live-server.ts'
import { WireClient } from './wire-client.ts'

const value = { text: 'hello', author: 'ada' }
const store = 'note'

describe('over a real socket', () => {
  it(
    'a client that stops reading costs no more than its budget, and catches up when it goes on',
    { timeout: 60_000 },
    async () => {
      await using server = await startServer({ limits: { budgetBytes: 100_000 } })
      using slow = await server.connect('slow')
      using quick = await server.connect('quick')
      const key = server.notes.init(value)
      const { topic } = await slow.ask('watch', { store, key })
      await quick.ask('watch', { store, key })

      const waiting: number[] = []
      slow.socket.pause()
      // The kernel's own buffers take some megabytes before anything piles up here.
      for (let turn = 0; turn < 100; turn++) {
        await server.notes.mutate(key, { type: 'write', text: String(turn % 10).repeat(95_000), author: 'a' })
        await vi.waitFor(() => expect(quick.updates(topic)).toHaveLength(turn + 1), {
          timeout: 10_000,
          interval: 1,
        })
        waiting.push(server.app.livestore.stats().waitingBytes)
      }
      slow.socket.resume()
      await slow.next((frame) => frame.type === 'update' && frame.update.type === 'lagged')
      await server.notes.mutate(key, { type: 'write', text: 'after', author: 'a' })
      await vi.waitFor(
        () =>
          expect(slow.updates(topic).at(-1)).toMatchObject({
            type: 'mutate',
            version: 102,
            value: { text: 'after' },
          }),
        { timeout: 10_000 },
      )

      const updates = slow.updates(topic)
      const missed = updates.reduce((sum, update) => sum + (update.type === 'lagged' ? update.missed : 0), 0)
      const told = updates.filter(({ type }) => type === 'mutate').length
      expect(Math.max(...waiting)).toBeGreaterThan(95_000)
      expect(Math.max(...waiting)).toBeLessThanOrEqual(100_000)
      expect(missed).toBeGreaterThan(0)
      expect(missed + told).toBe(101)
    },
  )

  it.each(['ping', 'pong'] as const)(
    'a client that sends far too many WebSocket %ss is closed with 4004',
    async (control) => {
      await using server = await startServer({ limits: { requestsPerSecond: 1, requestBurst: 5 } })
      using client = await server.connect('ada')

      for (let count = 0; count < 20; count++) client.socket[control]()

      expect((await client.closed).code).toBe(4004)
    },
  )

  it('several frames in one message are read in order', async () => {
    await using server = await startServer()
    using client = await server.connect('ada')

    client.sendRaw(
      [1, 2, 3]
        .map((id) => JSON.stringify({ type: 'init', id, store, value: { text: String(id) } }))
        .join('\n'),
    )
    await client.settled(3)

    const ids = client.frames.flatMap((frame) => (frame.type === 'answer' ? [frame.id] : []))
    expect(ids).toEqual([1, 2, 3])
  })

  it.each([
    ['without a stream', {}],
    ['with a stream that is none', { socket: { remoteAddress: '192.0.2.1' } }],
  ])('serves the sockets that Fastify injects into itself, %s', async (_name, context) => {
    await using server = await startServer()
    const socket = await server.app.injectWS('/live', {
      ...(context as object),
      headers: { 'sec-websocket-protocol': 'livestore.v1.json' },
    })
    const client = new WireClient((message) => socket.send(message))
    socket.on('message', (data: Buffer) => client.receive(data))

    await client.hello('ada')

    expect(await client.ask('init', { store, value })).toHaveProperty('key')
    socket.terminate()
  })
})
