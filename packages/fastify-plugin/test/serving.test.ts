import { createKey } from '@livestore-kv/core'
import { describe, expect, it, vi } from 'vitest'
import { startServer } from './live-server.ts'

const value = { text: 'hello', author: 'ada' }

describe('a served store', () => {
  it('welcomes a client with its session, its limits and the revision of each store', async () => {
    await using server = await startServer()

    using client = await server.connect('ada')

    expect(client.frames[0]).toMatchObject({
      type: 'welcome',
      user: 'ada',
      pingMs: 25_000,
      limits: { messageBytes: 65_536, subscriptions: 128, requestsPerSecond: 50, requestBurst: 100 },
      stores: [
        { name: 'note', revision: '1' },
        { name: 'sealed', revision: '7' },
      ],
    })
  })

  it('stores and fetches entries', async () => {
    await using server = await startServer()
    using client = await server.connect('ada')

    const { key } = await client.ask('init', { store: 'note', value })
    const { entry } = await client.ask('fetch', { store: 'note', key })

    expect(entry).toEqual(server.notes.fetch(key))
    expect(await client.ask('fetch', { store: 'note', key: createKey() })).toEqual({ entry: null })
  })

  it('tells watchers what follows their snapshot, without a gap and without an overlap', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')
    using bob = await server.connect('bob')
    const key = server.notes.init(value)

    const { topic, entry } = await bob.ask('watch', { store: 'note', key })
    for (let text = 0; text < 20; text++) {
      ada.post('mutate', { store: 'note', key, mutation: { type: 'write', text: String(text) } })
    }
    await vi.waitFor(() => expect(bob.updates(topic)).toHaveLength(20), { timeout: 10_000 })

    expect(entry?.version).toBe(1)
    expect(bob.updates(topic).map((update) => 'version' in update && update.version)).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 2),
    )
  })

  it('answers an accepted mutation with its version, and a refused one with the declared error', async () => {
    await using server = await startServer()
    using client = await server.connect('ada')
    const key = server.notes.init(value)

    const accepted = await client.ask('mutate', {
      store: 'note',
      key,
      mutation: { type: 'write', text: 'x' },
    })
    const refused = await client.request('mutate', {
      store: 'note',
      key,
      mutation: { type: 'write', text: '' },
    })

    expect(accepted.version).toBe(2)
    expect(refused).toMatchObject({ type: 'refused', error: 'empty' })
  })

  it('lets one session hold an entry, and tells the watchers who', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')
    using bob = await server.connect('bob')
    const key = server.notes.init(value)
    const { topic } = await bob.ask('watch', { store: 'note', key })

    const { token } = await ada.ask('acquire', { store: 'note', key })
    const waiting = bob.post('mutate', { store: 'note', key, mutation: { type: 'write', text: 'bob' } })
    await ada.ask('mutate', { store: 'note', key, token, mutation: { type: 'write', text: 'ada' } })
    await ada.ask('renew', { store: 'note', key, token })
    await ada.ask('release', { store: 'note', key, token })
    await bob.settled(waiting)

    expect(bob.updates(topic)).toMatchObject([
      { type: 'lock', holder: 'ada' },
      { type: 'mutate', version: 2, value: { text: 'ada' } },
      { type: 'lock', holder: 'ada' },
      { type: 'unlock' },
      { type: 'mutate', version: 3, value: { text: 'bob' } },
    ])
  })

  it('tells messages to watchers and changes nothing', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')
    using bob = await server.connect('bob')
    const key = server.notes.init(value)
    const { topic } = await bob.ask('watch', { store: 'note', key })

    await ada.ask('broadcast', { store: 'note', key, message: { type: 'typing', who: 'ada' } })
    await vi.waitFor(() => expect(bob.updates(topic)).toHaveLength(1), { timeout: 10_000 })

    expect(bob.updates(topic)).toMatchObject([
      { type: 'message', version: 1, message: { type: 'typing', who: 'ada' } },
    ])
  })
})
