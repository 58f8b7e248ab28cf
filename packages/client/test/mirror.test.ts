import { createKey } from '@livestore-kv/core'
import { FakeClock } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import type { MirrorUpdate } from '@livestore-kv/client'
import { MemoryNetwork, note, sealed, settle } from './memory-network.ts'
import type { NoteTypes } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const

describe('mirror', () => {
  it('holds the entry, and follows it', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()

    using mirror = notes.watch(key)
    const first = mirror.status
    await settle()
    const second = mirror.entry
    await network.server.notes.mutate(key, write('b'))
    await settle()

    expect(first).toBe('loading')
    expect(second).toEqual(network.server.notes.fetch(key) && { ...second, value: text('a'), version: 1 })
    expect(mirror.entry).toEqual(network.server.notes.fetch(key))
    expect(mirror.status).toBe('live')
    client.close()
  })

  it('tells each thing that happens, in order', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    const told: MirrorUpdate<NoteTypes>[] = []

    using mirror = notes.watch(key)
    mirror.onUpdate((update) => told.push(update))
    await settle()
    await store.mutate(key, write('b'))
    await store.assign(key, text('c'), { message: { type: 'typing', who: 'eve' } })
    store.broadcast(key, { type: 'typing', who: 'bob' })
    const guard = await store.acquire(key, { holder: 'bob' })
    guard?.release()
    store.expireIn(key, 1_000)
    await store.remove(key)
    await settle()

    expect(told.map(({ type }) => type)).toEqual([
      'snapshot',
      'mutate',
      'overwrite',
      'message',
      'lock',
      'unlock',
      'deadline',
      'remove',
    ])
    expect(told[2]).toMatchObject({ entry: { version: 3 }, message: { who: 'eve' } })
    expect(told[3]).toMatchObject({ type: 'message', message: { type: 'typing', who: 'bob' } })
    expect(told[4]).toMatchObject({ type: 'lock', holder: 'bob' })
    client.close()
  })

  it('shows who holds the entry, when it expires, and how it went', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    await settle()

    const guard = await store.acquire(key, { holder: 'bob' })
    store.expireIn(key, 60_000)
    await settle()
    const held = mirror.state
    guard?.release()
    await store.remove(key)
    await settle()

    expect(held.lock).toEqual({ holder: 'bob' })
    expect(held.expiresAt).toBe(network.clock.now() + 60_000)
    expect(mirror.state).toMatchObject({ status: 'gone', reason: 'removed', lock: undefined })
    expect(mirror.entry?.value).toEqual(text('a'))
    client.close()
  })

  it('says that there is no such entry, and finds it when it is watched again', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const key = createKey()

    using mirror = notes.watch(key)
    await settle()
    const missing = mirror.state
    network.server.notes.create(key, text('a'))
    using second = notes.watch(key)
    await settle()

    expect(missing).toMatchObject({ status: 'gone', reason: 'missing', entry: undefined })
    expect(second.entry?.value).toEqual(text('a'))
    expect(mirror.state).toBe(second.state)
    client.close()
  })

  it('says why it cannot be watched', async () => {
    const network = new MemoryNetwork({ authorize: () => false })
    const { client, notes } = await network.connect()

    using mirror = notes.watch(createKey())
    await settle()

    expect(mirror.status).toBe('failed')
    expect(mirror.error).toMatchObject({ name: 'ClientError', code: 'FORBIDDEN', retry: 'no' })
    client.close()
  })

  it('says why it cannot be watched now, once, and is asked for again until it is closed', async () => {
    let isDown = true
    const clock = new FakeClock()
    const network = new MemoryNetwork({
      authorize: () => {
        if (isDown) throw new Error('the database is down')
        return true
      },
    })
    const keys = [network.server.notes.init(text('a')), network.server.notes.init(text('b'))] as const
    const { client, notes } = await network.connect({ clock })
    const before = clock.pending
    const [mirror, other] = [notes.watch(keys[0]), notes.watch(keys[1])]
    const told: unknown[] = []
    mirror.onChange(({ status, error }) => told.push([status, error?.code]))

    await settle()
    clock.advance(1_000)
    await settle()
    const early = mirror.state
    other.close()
    isDown = false
    clock.advance(1_000)
    await settle()

    expect(early).toMatchObject({ status: 'loading', error: { code: 'INTERNAL' } })
    expect(told).toEqual([
      ['loading', 'INTERNAL'],
      ['live', undefined],
    ])
    expect(network.requests('watch').filter(({ key }) => key === keys[1])).toHaveLength(2)
    expect(clock.pending).toBe(before)
    client.close()
  })

  it('that cannot be watched now leaves no timer behind when its client is closed, or offline', async () => {
    const clock = new FakeClock()
    const network = new MemoryNetwork({
      authorize: () => {
        throw new Error('the database is down')
      },
    })
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect({ clock })
    notes.watch(key)
    await settle()

    network.cut()
    const offline = clock.pending
    client.close()

    // That of the next try.
    expect(offline).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('shares one subscription with every other mirror of the entry, and ends it with the last', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()

    const first = notes.watch(key)
    const second = notes.watch(key.toUpperCase())
    await settle()
    first.close()
    await network.server.notes.mutate(key, write('b'))
    await settle()
    const unwatchedEarly = network.requests('unwatch').length
    second.close()
    second.close()
    await settle()

    expect(network.requests('watch')).toHaveLength(1)
    expect(first.entry?.value).toEqual(text('a'))
    expect(first.status).toBe('closed')
    expect(second.entry?.value).toEqual(text('b'))
    expect(unwatchedEarly).toBe(0)
    expect(network.requests('unwatch')).toHaveLength(1)
    client.close()
  })

  it('goes on when it is opened again before the first one was answered', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()

    notes.watch(key).close()
    using mirror = notes.watch(key)
    await settle()
    await network.server.notes.mutate(key, write('b'))
    await settle()

    expect(mirror.entry?.value).toEqual(text('b'))
    client.close()
  })

  it('gives the same snapshot until something changes, and tells those who subscribe', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    await settle()
    const { subscribe, getSnapshot } = mirror
    let calls = 0

    const unsubscribe = subscribe(() => calls++)
    const before = getSnapshot()
    const again = getSnapshot()
    await network.server.notes.mutate(key, write('b'))
    await settle()
    const after = getSnapshot()
    unsubscribe()
    await network.server.notes.mutate(key, write('c'))
    await settle()

    expect(again).toBe(before)
    expect(after).not.toBe(before)
    expect(calls).toBe(1)
    client.close()
  })

  it('can be iterated: each reader gets the newest state, and the end', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    const mirror = notes.watch(key)
    await settle()
    const seen: (string | undefined)[] = []

    const reading = (async () => {
      for await (const { entry } of mirror) seen.push(entry?.value.text)
    })()
    await settle()
    await network.server.notes.mutate(key, write('b'))
    await network.server.notes.mutate(key, write('c'))
    await settle()
    mirror.close()
    await reading

    expect(seen[0]).toBe('a')
    expect(seen.at(-1)).toBe('c')
    client.close()
  })

  it('is closed by its signal, and by its client', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    const abort = new AbortController()

    const first = notes.watch(key, { signal: abort.signal })
    const second = notes.watch(key)
    abort.abort()
    const early = [first.status, second.status]
    client.close()

    expect(early).toEqual(['closed', 'loading'])
    expect(second.status).toBe('closed')
    expect(() => notes.watch(key)).toThrow(expect.objectContaining({ code: 'CLIENT_CLOSED' }))
  })

  it('starts again from a snapshot when an update is missing, or cannot be read', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const errors: unknown[] = []
    const { client, notes } = await network.connect({ onError: (error) => errors.push(error) })
    using mirror = notes.watch(key)
    await settle()
    const lost = { epoch: mirror.entry?.epoch, version: 9, value: text('x'), changedAt: 1 }

    network.inject({ type: 'update', topic: 1, seq: 50, update: { type: 'mutate', key, ...lost } })
    const shown = mirror.entry?.version
    await settle()
    network.inject('{"type":"update","topic":1}')
    await settle()
    network.inject('{"type":')
    await settle()
    network.inject('{"type":"from-the-future"}')
    await settle()

    expect(shown).toBe(1)
    expect(mirror.entry).toEqual(network.server.notes.fetch(key))
    expect(network.requests('watch')).toHaveLength(4)
    expect(errors).toMatchObject([{ name: 'TypeError' }, { name: 'SyntaxError' }])
    expect(client.status.phase).toBe('online')
    client.close()
  })

  it('takes the newest entry, and says how much was missed, when it lagged', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    const told: MirrorUpdate<NoteTypes>[] = []
    await settle()
    mirror.onUpdate((update) => told.push(update))
    const entry = { ...mirror.entry, version: 7, value: text('z') }

    const lagged = {
      type: 'lagged',
      missed: 6,
      missedMessages: 1,
      entry,
      lock: { holder: 'bob' },
      expiresAt: null,
    }
    network.inject({ type: 'update', topic: 1, seq: 50, update: lagged })

    expect(mirror.state).toMatchObject({ entry: { version: 7 }, lock: { holder: 'bob' } })
    expect(told).toMatchObject([{ type: 'lagged', missed: 6, missedMessages: 1, entry }])
    client.close()
  })

  it('tells every listener, whatever another one throws', async () => {
    const errors: unknown[] = []
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect({ onError: (error) => errors.push(error) })
    using mirror = notes.watch(key)
    let told = 0

    mirror.onChange(() => {
      throw new Error('mine')
    })
    mirror.onChange(() => Promise.reject(new Error('late')))
    mirror.onChange(() => told++)
    await settle()

    expect(told).toBe(1)
    expect(errors).toMatchObject([{ message: 'mine' }, { message: 'late' }])
    client.close()
  })

  it('tells nothing twice', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    await settle()
    let told = 0
    mirror.onUpdate(() => told++)

    const message = { type: 'message', key, epoch: 1, version: 1, message: { type: 'typing', who: 'bob' } }
    network.inject({ type: 'update', topic: 1, seq: 50, update: message })
    network.inject({ type: 'update', topic: 1, seq: 50, update: message })

    expect(told).toBe(1)
    client.close()
  })

  it('finds nothing under what is no key', async () => {
    const { client, notes } = await new MemoryNetwork().connect()

    using mirror = notes.watch('lobby')
    await settle()

    expect(mirror.state).toMatchObject({ status: 'gone', reason: 'missing' })
    client.close()
  })

  it('fails where the server allows no more subscriptions, and is live where another one has ended', async () => {
    const network = new MemoryNetwork({ limits: { subscriptions: 1 } })
    const keys = [network.server.notes.init(text('a')), network.server.notes.init(text('b'))] as const
    const { client, notes } = await network.connect()

    const first = notes.watch(keys[0])
    using second = notes.watch(keys[1])
    await settle()
    const refused = second.error
    first.close()
    using third = notes.watch(keys[1])
    await settle()

    expect(refused).toMatchObject({ code: 'TOO_MANY_SUBSCRIPTIONS' })
    expect(third.status).toBe('live')
    client.close()
  })
})

describe('client.store', () => {
  it('knows the definitions of its client, and no others', async () => {
    const network = new MemoryNetwork()
    const client = network.client({ definitions: [note] })

    expect(client.store(note)).toBe(client.store(note))
    expect(() => client.store(sealed)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(() => client.store({ ...note })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    client.close()
  })
})
