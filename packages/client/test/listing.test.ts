import { describe, expect, it } from 'vitest'
import { memoryServer } from '../../fastify-plugin/test/memory-server.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const

describe('listing', () => {
  it('holds every entry, and follows what is created and removed', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const first = store.init(text('a'))
    const { client, notes } = await network.connect()

    using listing = notes.watchStore()
    const early = listing.status
    await settle()
    const before = listing.entries
    const second = store.init(text('b'))
    await store.remove(first)
    await store.mutate(second, write('c'))
    await settle()

    expect(early).toBe('loading')
    expect(listing.status).toBe('live')
    expect([...before.keys()]).toEqual([first])
    expect([...listing.entries.values()].map(({ value }) => value.text)).toEqual(['b'])
    client.close()
  })

  it('follows changes too, if it is told to', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    using listing = notes.watchStore({ changes: true })
    await settle()

    await store.mutate(key, write('b'))
    await store.assign(key, text('c'))
    await settle()

    expect(listing.entries.get(key)).toEqual(store.fetch(key))
    client.close()
  })

  it('gives the same snapshot until something changes, and does not touch those it gave', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const { client, notes } = await network.connect()
    using listing = notes.watchStore()
    await settle()
    let calls = 0
    listing.subscribe(() => calls++)

    const before = listing.getSnapshot()
    const again = listing.getSnapshot()
    store.init(text('a'))
    await settle()

    expect(again).toBe(before)
    expect(before.entries.size).toBe(0)
    expect(listing.getSnapshot().entries.size).toBe(1)
    expect(calls).toBe(1)
    client.close()
  })

  it('is listed again when it lagged, and after a restart of the server', async () => {
    const network = new MemoryNetwork()
    network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    using listing = notes.watchStore()
    await settle()

    const update = { type: 'lagged', missed: 3, missedMessages: 0, entry: null, lock: null, expiresAt: null }
    network.inject({ type: 'update', topic: 1, seq: 50, update })
    await settle()
    const asked = network.requests('watchStore').length
    network.cut()
    const stale = listing.status
    network.server = memoryServer({ clock: network.clock })
    await network.reconnect()

    expect(asked).toBe(2)
    expect(stale).toBe('stale')
    expect(listing.state).toMatchObject({ status: 'live', entries: new Map() })
    client.close()
  })

  it('goes on where it was when the session does', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const { client, notes } = await network.connect()
    using listing = notes.watchStore()
    await settle()

    network.cut()
    const key = store.init(text('a'))
    await network.reconnect()

    expect([...listing.entries.keys()]).toEqual([key])
    expect(network.requests('watchStore')).toHaveLength(1)
    client.close()
  })

  it('says why the store cannot be listed, and ends with its client', async () => {
    const network = new MemoryNetwork({ authorize: () => false })
    const { client, notes } = await network.connect()

    const listing = notes.watchStore()
    await settle()
    const { error } = listing
    client.close()

    expect(error).toMatchObject({ code: 'FORBIDDEN' })
    expect(listing.status).toBe('closed')
  })

  it('tells once that it is closed, with its client too', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const listing = notes.watchStore()
    await settle()
    const told: string[] = []
    listing.onChange(({ status }) => told.push(status))

    client.close()

    expect(told).toEqual(['closed'])
  })

  it('lets two listings and their ends alone', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const first = notes.watchStore()
    using second = notes.watchStore()
    await settle()

    first.close()
    const key = network.server.notes.init(text('a'))
    await settle()

    expect(first.entries.size).toBe(0)
    expect([...second.entries.keys()]).toEqual([key])
    client.close()
  })

  it('agrees with every other one of the same store, whichever was listed last', async () => {
    let isSlow = false
    const asked: (() => void)[] = []
    const network = new MemoryNetwork({
      authorize: () => !isSlow || new Promise((resolve) => asked.push(() => resolve(true))),
    })
    const { notes: store } = network.server
    const keys = ['a', 'b', 'c'].map((each) => store.init(text(each)))
    const { client, notes } = await network.connect()
    using first = notes.watchStore({ changes: true })
    await settle()

    isSlow = true
    using second = notes.watchStore({ changes: true })
    await settle()
    // The second is being gathered: some entries are looked at before they change, and others after.
    asked.shift()?.()
    await settle()
    keys.push(store.init(text('d')))
    await Promise.all(keys.map((key) => store.mutate(key, write('e'))))
    isSlow = false
    while (asked.length > 0) {
      asked.shift()?.()
      await settle()
    }

    const stored = new Map(keys.map((key) => [key, store.fetch(key)]))
    expect(second.entries).toEqual(stored)
    expect(first.entries).toEqual(stored)
    client.close()
  })

  it('is not gone on from, over a cut, while another one of the same store waits for its answer', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    using first = notes.watchStore({ changes: true })
    await settle()

    network.isDeaf = true
    using second = notes.watchStore({ changes: true })
    await store.mutate(key, write('b'))
    await settle()
    network.cut()
    network.isDeaf = false
    await network.reconnect()

    expect(first.entries.get(key)).toEqual(store.fetch(key))
    expect(second.entries).toEqual(first.entries)
    client.close()
  })

  it('shares one subscription with every other one of the same store, wherever each was opened', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const client = network.client()
    const notes = client.store(store.definition)
    const first = notes.watchStore()
    await settle()

    const second = notes.watchStore({ changes: false })
    network.cut()
    const third = notes.watchStore()
    await network.reconnect()
    const key = store.init(text('a'))
    await settle()
    const { subscriptions } = network.server.endpoint.stats()
    const listed = [first, second, third].map(({ status, entries }) => [status, [...entries.keys()]])
    for (const listing of [first, second, third]) listing.close()
    await settle()

    expect(listed).toEqual(Array(3).fill(['live', [key]]))
    expect(subscriptions).toBe(1)
    expect(network.server.endpoint.stats().subscriptions).toBe(0)
    client.close()
  })

  it('is stale, and says why, for as long as the store cannot be listed again', async () => {
    let isDown = false
    const network = new MemoryNetwork({
      authorize: () => {
        if (isDown) throw new Error('the database is down')
        return true
      },
    })
    const { client, notes } = await network.connect()
    using listing = notes.watchStore()
    await settle()
    const told: unknown[] = []
    listing.onChange(({ status, error }) => told.push([status, error?.code]))

    isDown = true
    const update = { type: 'lagged', missed: 3, missedMessages: 0, entry: null, lock: null, expiresAt: null }
    network.inject({ type: 'update', topic: 1, seq: 50, update })
    await settle()
    using joined = notes.watchStore()
    for (let second = 0; second < 3; second++) {
      network.clock.advance(1_000)
      await settle()
    }
    const retries = network.requests('watchStore').length
    const late = [joined.status, joined.error?.code]
    isDown = false
    network.clock.advance(1_000)
    await settle()

    expect(retries).toBe(5)
    expect(late).toEqual(['loading', 'INTERNAL'])
    expect(told).toEqual([
      ['stale', 'INTERNAL'],
      ['live', undefined],
    ])
    expect(joined.state).toMatchObject({ status: 'live', error: undefined })
    client.close()
  })
})
