import { describe, expect, it, vi } from 'vitest'
import { startServer } from './live-server.ts'
import type { LiveServer } from './live-server.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
const write = (text: string): { type: 'write'; text: string; author: string } => ({
  type: 'write',
  text,
  author: '',
})

/** Until the server has noticed that everybody is gone. */
async function everybodyGone({ app }: LiveServer): Promise<void> {
  await vi.waitFor(() => expect(app.livestore.stats().connections).toBe(0), { timeout: 10_000 })
}

describe('a socket that is cut', () => {
  it('is replaced by another, which hears exactly what was missed', async () => {
    await using server = await startServer()
    const { notes } = server
    const key = notes.init(value)
    using ada = await server.connect('ada')
    const { topic, seq } = await ada.ask('watch', { store, key })

    ada.socket.terminate()
    await everybodyGone(server)
    for (const text of ['2', '3']) await notes.mutate(key, write(text))
    const { session } = ada.welcome
    using back = await server.connect('ada', { session, positions: [{ topic, seq }] })
    await notes.mutate(key, write('4'))

    await vi.waitFor(() => expect(back.updates(topic)).toHaveLength(3), { timeout: 10_000 })
    expect(back.welcome).toMatchObject({ resumed: true, topics: [topic] })
    expect(back.updates(topic)).toMatchObject([{ version: 2 }, { version: 3 }, { version: 4 }])
  })

  it('loses no mutation and doubles none: what was sent is sent again', async () => {
    await using server = await startServer()
    const { notes } = server
    const key = notes.init(value)
    using ada = await server.connect('ada')
    const guard = notes.tryAcquire(key)
    const sent = [1, 2, 3].map((mid) => ({ store, key, mutation: write(String(mid)), mid }))
    for (const fields of sent) ada.post('mutate', fields)
    await ada.ask('fetch', { store, key })

    ada.socket.terminate()
    await everybodyGone(server)
    guard?.release()
    using back = await server.connect('ada', { session: ada.welcome.session })
    const outcomes = []
    for (const fields of sent) outcomes.push(await back.ask('mutate', fields))

    expect(outcomes.map(({ version }) => version)).toEqual([2, 3, 4])
    expect(notes.fetch(key)).toMatchObject({ version: 4, value: { text: '3' } })
  })

  it('leaves its session to nobody once it was closed with 1000', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')

    ada.socket.close(1000)
    await everybodyGone(server)
    using back = await server.connect('ada', { session: ada.welcome.session })

    expect(back.welcome.resumed).toBe(false)
    expect(server.app.livestore.stats()).toMatchObject({ sessions: 1, restingSessions: 0 })
  })
})
