import { createKey } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import type { ClientStatus } from '@livestore-kv/client'
import { memoryServer } from '../../fastify-plugin/test/memory-server.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const

describe('client.status', () => {
  it('says where the connection is, and whom it speaks for', async () => {
    const network = new MemoryNetwork()
    const client = network.client()
    const told: ClientStatus[] = []
    const start = client.status
    client.onStatus((status) => told.push(status))

    await settle()
    network.cut()
    await network.reconnect()
    client.close()

    expect(start).toEqual({ phase: 'connecting' })
    expect(told.map(({ phase }) => phase)).toEqual(['online', 'waiting', 'connecting', 'online', 'closed'])
    expect(told[0]).toEqual({ phase: 'online', user: 'ada', outdated: [] })
  })

  it('names the definitions of which the server runs another revision', async () => {
    const network = new MemoryNetwork()
    const { definition } = network.server.notes
    const client = network.client({ definitions: [{ ...definition, revision: '0' }] })

    await settle()

    expect(client.status).toMatchObject({ phase: 'online', outdated: ['note'] })
    client.close()
  })

  it('has ended when the server will not have it, until it is told to connect again', async () => {
    const network = new MemoryNetwork()
    let token: string | undefined
    const client = network.client({ token: () => token })
    await settle()
    const refused = client.status
    const request = await client
      .store(network.server.notes.definition)
      .init(text('a'))
      .catch((error: unknown) => error)

    network.clock.advance(1_000_000)
    await settle()
    const still = client.status.phase
    token = 'ada'
    client.connect()
    await settle()

    expect(refused).toMatchObject({ phase: 'ended', code: 4502 })
    expect(request).toMatchObject({ code: 'CONNECTION_ENDED' })
    expect(still).toBe('ended')
    expect(client.status.phase).toBe('online')
    client.close()
  })
})

describe('a connection that the server has closed for good', () => {
  it('fails what is watched, until somebody connects again', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    let token: string | undefined
    const client = network.client({ token: () => token })
    const notes = client.store(network.server.notes.definition)
    const [mirror, listing] = [notes.watch(key), notes.watchStore()]

    await settle()
    const late = notes.watch(createKey())
    const failed = [mirror, listing, late].map(({ status, error }) => [status, error?.code])
    token = 'ada'
    client.connect()
    await settle()

    expect(failed).toEqual(Array(3).fill(['failed', 'CONNECTION_ENDED']))
    expect([mirror, listing, late].map(({ status }) => status)).toEqual(['live', 'live', 'gone'])
    expect(mirror).toMatchObject({ error: undefined, entry: { value: text('a') } })
    client.close()
  })

  it('is followed again in the session that outlived it, when somebody connects again', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    const [mirror, listing] = [notes.watch(key), notes.watchStore()]
    await settle()

    // By something in between, which the server takes for a cut.
    network.cut(1008, 'policy')
    const failed = [mirror.status, listing.status]
    client.connect()
    await settle()
    await network.server.notes.mutate(key, write('b'))
    await settle()

    expect(failed).toEqual(['failed', 'failed'])
    expect([mirror.status, listing.status]).toEqual(['live', 'live'])
    expect(mirror.entry?.value).toEqual(text('b'))
    client.close()
  })

  it('fails what was followed until then, and leaves gone what is gone', async () => {
    const network = new MemoryNetwork()
    const keys = [network.server.notes.init(text('a')), network.server.notes.init(text('b'))] as const
    const { client, notes } = await network.connect()
    const [mirror, gone] = [notes.watch(keys[0]), notes.watch(keys[1])]
    await settle()
    await network.server.notes.remove(keys[1])
    await settle()

    network.cut(4509, 'revoked')

    expect(mirror).toMatchObject({
      status: 'failed',
      error: { code: 'CONNECTION_ENDED' },
      entry: { key: keys[0] },
    })
    expect(gone).toMatchObject({ status: 'gone', reason: 'removed', error: undefined })
    client.close()
    expect([mirror.status, gone.status]).toEqual(['closed', 'closed'])
  })
})

describe('connection', () => {
  it('comes back where the platform has no code for what happened', async () => {
    const network = new MemoryNetwork()
    const client = network.client()
    await settle()

    for (const socket of network.sockets) socket.cut(0)

    expect(client.status.phase).toBe('waiting')
    client.close()
  })

  it('waits for longer and longer, at random, and starts afresh after a good connection', async () => {
    const network = new MemoryNetwork()
    network.isDown = true
    const client = network.client({ backoff: { firstMs: 100, maxMs: 400 }, random: () => 0.5 })
    const delays: number[] = []
    client.onStatus((status) => {
      if (status.phase === 'waiting') delays.push(status.retryAt - network.clock.now())
    })

    await settle()
    for (const delay of [50, 100, 200]) {
      network.clock.advance(delay)
      await settle()
    }
    network.isDown = false
    network.clock.advance(200)
    await settle()
    network.clock.advance(5_000)
    network.cut()

    expect(delays).toEqual([50, 100, 200, 200, 50])
    client.close()
  })

  it('does not wait when it is told to connect now', async () => {
    const network = new MemoryNetwork()
    network.isDown = true
    const client = network.client()
    await settle()
    network.isDown = false

    client.connect()
    await settle()

    expect(client.status.phase).toBe('online')
    client.close()
  })

  it('answers pings, and leaves a server that is silent', async () => {
    const network = new MemoryNetwork()
    const { client } = await network.connect()

    for (let ping = 0; ping < 3; ping++) {
      network.clock.advance(25_000)
      await settle()
    }
    const whilePinged = client.status.phase
    network.isMute = true
    network.clock.advance(35_000)
    const whenSilent = client.status.phase

    expect(network.requests('pong').length).toBeGreaterThan(0)
    expect(whilePinged).toBe('online')
    expect(whenSilent).toBe('waiting')
    client.close()
  })

  it('tries again when the server does not welcome it in time, or the token cannot be had', async () => {
    const network = new MemoryNetwork()
    const errors: unknown[] = []
    network.isMute = true
    let asked = 0
    const client = network.client({
      connectTimeoutMs: 5_000,
      token: () => {
        if (++asked === 2) throw new Error('no token today')
        return 'ada'
      },
      onError: (error) => errors.push(error),
    })
    await settle()

    network.clock.advance(5_000)
    const late = client.status.phase
    network.isMute = false
    network.clock.advance(250)
    await settle()
    const failed = client.status.phase
    await network.reconnect()

    expect([late, failed, client.status.phase]).toEqual(['waiting', 'waiting', 'online'])
    expect(errors).toMatchObject([{ message: 'no token today' }])
    client.close()
  })

  it('tries again in time, though the clock of the machine was set back meanwhile', async () => {
    const network = new MemoryNetwork({ helloMs: 3_600_000 })
    let setBackMs = 0
    network.isMute = true
    const client = network.client({
      clock: {
        now: () => network.clock.now() - setBackMs,
        setTimeout: (callback, ms) => network.clock.setTimeout(callback, ms),
        clearTimeout: (timer) => network.clock.clearTimeout(timer),
      },
    })
    const phases: string[] = []
    client.onStatus(({ phase }) => phases.push(phase))
    await settle()

    setBackMs = 3_600_000
    for (let second = 0; second < 40; second++) {
      network.clock.advance(1_000)
      await settle()
    }

    expect(phases.slice(0, 2)).toEqual(['waiting', 'connecting'])
    client.close()
  })

  it('comes back when a server that restarts wants it back', async () => {
    const network = new MemoryNetwork()
    const { client } = await network.connect()

    network.inject({ type: 'drain', afterMs: 60_000, jitterMs: 10_000 })
    network.cut(1012)

    expect(client.status).toMatchObject({ retryAt: network.clock.now() + 65_000 })
    client.close()
  })
})

describe('client.refresh', () => {
  it('brings no token that is older than the one of the connection', async () => {
    let isOver = false
    const network = new MemoryNetwork({
      authenticate: ({ token }) => ({
        user: 'ada',
        userId: 'ada',
        ...(token === 'old' && isOver && { expiresAt: 1 }),
      }),
    })
    let token = 'old'
    const client = network.client({ token: () => token })
    await settle()

    const refreshing = client.refresh().catch((error: unknown) => error)
    token = 'new'
    isOver = true
    await network.reconnect()
    await network.reconnect()

    expect(await refreshing).toMatchObject({ code: 'OFFLINE' })
    expect(network.requests('hello').map((hello) => hello['token'])).toEqual(['old', 'new'])
    expect(client.status.phase).toBe('online')
    client.close()
  })
})

describe('mirror over a lost connection', () => {
  it('shows that it may be old, and then what has become of the entry', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    await settle()

    network.cut()
    const stale = mirror.state
    await store.mutate(key, write('b'))
    await network.reconnect()
    const fresh = mirror.state
    await store.mutate(key, write('c'))
    await settle()

    expect(stale).toMatchObject({ status: 'stale', entry: { value: text('a') } })
    expect(fresh).toMatchObject({ status: 'live', entry: { value: text('b') } })
    expect(mirror.entry).toEqual(store.fetch(key))
    client.close()
  })

  it('sees each version once and in order, over many cuts', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('0'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    const versions: number[] = []
    mirror.onUpdate((update) => {
      if (update.type === 'snapshot' || update.type === 'mutate') versions.push(update.entry.version)
    })

    await settle()
    for (let round = 1; round <= 20; round++) {
      await store.mutate(key, write(`${round}`))
      if (round % 3 === 0) network.cut()
      if (round % 4 === 0) await network.reconnect()
      else await settle()
    }
    await network.reconnect()

    expect(versions).toEqual(Array.from({ length: 21 }, (_, index) => index + 1))
    expect(network.requests('watch')).toHaveLength(1)
    expect(mirror.entry).toEqual(store.fetch(key))
    client.close()
  })

  it('still knows who holds the entry, and hears when nobody does', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    const guard = await store.acquire(key, { holder: 'bob' })
    await settle()

    network.cut()
    await network.reconnect()
    const held = mirror.state
    network.cut()
    guard?.release()
    await network.reconnect()

    expect(held).toMatchObject({ status: 'live', lock: { holder: 'bob' } })
    expect(mirror.state).toMatchObject({ status: 'live', lock: undefined })
    client.close()
  })

  it('that is closed while it comes back ends its subscription all the same', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    const mirror = notes.watch(key)
    await settle()

    network.cut()
    network.clock.advance(1_000)
    while (network.requests('hello').length < 2) await Promise.resolve()
    mirror.close()
    await settle()

    expect(client.status.phase).toBe('online')
    expect(network.server.endpoint.stats().subscriptions).toBe(0)
    client.close()
  })

  it('says that the entry is gone when the server has come back without it', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    using mirror = notes.watch(key)
    await settle()

    network.cut()
    network.server = memoryServer({ clock: network.clock })
    await network.reconnect()

    expect(mirror.state).toMatchObject({ status: 'gone', reason: 'missing', entry: { value: text('a') } })
    client.close()
  })
})

describe('request over a lost connection', () => {
  it('is sent again when that does no harm', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()

    const fetching = notes.fetch(key)
    network.cut()
    await network.reconnect()

    expect(await fetching).toMatchObject({ value: text('a') })
    client.close()
  })

  it('is carried out once, whatever it asks for, though its answer was lost', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const [there, gone, created] = [store.init(text('a')), store.init(text('a')), createKey()]
    const { client, notes } = await network.connect()
    const told: string[] = []
    store.watchAll().onUpdate(({ type }) => told.push(type))

    const asked = Promise.all([
      notes.init(text('b')),
      notes.create(created, text('c')),
      notes.insert(there, text('d')),
      notes.assign(there, text('e')),
      notes.broadcast(there, { type: 'typing', who: 'ada' }),
      notes.remove(gone),
    ])
    // What it asked for arrives, and the answers do not.
    network.isDeaf = true
    await settle()
    network.cut()
    network.isDeaf = false
    await network.reconnect()

    const [key, existing, inserted, assigned, heard, removed] = await asked
    expect(store.fetch(key)?.value).toEqual(text('b'))
    expect(existing).toBeUndefined()
    expect([inserted?.value, assigned?.value]).toEqual([text('a'), text('d')])
    expect(heard).toBe(true)
    expect(removed?.value).toEqual(text('a'))
    expect(told).toEqual(['create', 'create', 'overwrite', 'overwrite', 'message', 'remove'])
    client.close()
  })

  it('learns what became of a mutation, which is run once', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()
    const guard = await store.acquire(key)

    const asked = notes.mutate(key, write('b'))
    const refused = notes.mutate(key, write(''))
    await settle()
    network.cut()
    guard?.release()
    await network.reconnect()

    expect(await asked).toMatchObject({ ok: true, value: { version: 2 } })
    expect(await refused).toEqual({ ok: false, error: 'empty' })
    expect(network.requests('mutate')).toHaveLength(4)
    expect(store.fetch(key)?.version).toBe(2)
    client.close()
  })

  it('is not run again by a server that knows nothing of it', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()

    const asked = notes.mutate(key, write('b')).catch((error: unknown) => error)
    const created = notes.init(text('c')).catch((error: unknown) => error)
    network.cut()
    network.server = memoryServer({ clock: network.clock })
    await network.reconnect()

    expect(await asked).toMatchObject({ code: 'UNKNOWN_OUTCOME' })
    expect(network.requests('mutate')).toHaveLength(1)
    expect(await created).toMatchObject({ code: 'UNKNOWN_OUTCOME', retry: 'resync' })
    expect(network.requests('init')).toHaveLength(1)
    client.close()
  })

  it('that was given up is not carried out for having been sent again: it says that it may have been', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const keys = [store.init(text('a')), store.init(text('a'))] as const
    const { client, notes } = await network.connect()
    const guard = await store.acquire(keys[1])
    const abort = new AbortController()
    const { signal } = abort

    // One arrives, and waits for the entry, and the other never does.
    const arrived = notes.mutate(keys[1], write('b'), { signal }).catch((error: unknown) => error)
    await settle()
    network.isMute = true
    const lost = notes.mutate(keys[0], write('b'), { signal }).catch((error: unknown) => error)
    abort.abort('enough')
    await settle()
    network.cut()
    network.isMute = false
    await network.reconnect()
    guard?.release()
    await settle()

    expect(await lost).toMatchObject({ code: 'UNKNOWN_OUTCOME', retry: 'resync', cause: 'enough' })
    expect(await arrived).toMatchObject({ code: 'UNKNOWN_OUTCOME', cause: 'enough' })
    expect(store.fetch(keys[0])?.value).toEqual(text('a'))
    expect(network.requests('mutate')).toHaveLength(2)
    client.close()
  })
})
