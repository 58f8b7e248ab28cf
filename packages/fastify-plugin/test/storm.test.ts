import { describe, expect, it, vi } from 'vitest'
import type { WireUpdate } from '@livestore-kv/core/protocol'
import { startServer } from './live-server.ts'
import type { SocketClient } from './socket-client.ts'

const CLIENTS = 200
const store = 'note'
const value = { text: '1', author: 'ada' }

/** The number of the last update of `topic` that came, or `seq` if none did. */
function lastRead({ frames }: SocketClient, topic: number, seq: number): number {
  const read = frames.flatMap((frame) =>
    frame.type === 'update' && frame.topic === topic ? [frame.seq] : [],
  )
  return Math.max(seq, ...read)
}

function versions(updates: readonly WireUpdate[]): unknown[] {
  return updates.map((update) => (update.type === 'mutate' ? update.version : update.type))
}

describe(`${CLIENTS} clients that are cut at once`, () => {
  it('all go on where they were: nothing is told twice, nothing is lost, and nothing is left of the cut', async () => {
    await using server = await startServer()
    const { app, notes } = server
    const key = notes.init(value)
    let version = 1
    const change = (times: number): void => {
      for (let time = 0; time < times; time++)
        void notes.mutate(key, { type: 'write', text: String(++version), author: 'a' })
    }
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, at) => server.connect(`user ${at}`)),
    )
    const watched = await Promise.all(clients.map((client) => client.ask('watch', { store, key })))
    const before = app.livestore.stats()

    // Some of these may arrive before the cut, and some may be on their way.
    change(5)
    await vi.waitFor(() => expect(clients[0]?.frames.length).toBeGreaterThan(2), { timeout: 10_000 })
    change(5)
    for (const socket of app.websocketServer.clients) socket.terminate()
    change(5)
    await Promise.all(clients.map(({ closed }) => closed))
    await vi.waitFor(() => expect(app.livestore.stats().connections).toBe(0), { timeout: 10_000 })
    change(5)
    const back = await Promise.all(
      clients.map((client, at) => {
        const { topic = 0, seq = 0 } = watched[at] ?? {}
        const positions = [{ topic, seq: lastRead(client, topic, seq) }]
        return server.connect(`user ${at}`, { session: client.welcome.session, positions })
      }),
    )
    change(5)

    const everything = Array.from({ length: version - 1 }, (_, at) => at + 2)
    for (const [at, client] of clients.entries()) {
      const { topic = 0 } = watched[at] ?? {}
      const told = (): WireUpdate[] => [...client.updates(topic), ...(back[at]?.updates(topic) ?? [])]
      await vi.waitFor(() => expect(told().length).toBeGreaterThanOrEqual(everything.length), {
        timeout: 10_000,
      })
      expect(versions(told())).toEqual(everything)
    }
    expect(back.every(({ welcome }) => welcome.resumed)).toBe(true)
    // What was told is remembered for the next cut.
    expect(app.livestore.stats()).toEqual({ ...before, historyBytes: expect.any(Number) })
    for (const client of back) client.socket.terminate()
  })
})
