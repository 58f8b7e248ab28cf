import { openPlace } from '@livestore-kv/client'
import { createKey } from '@livestore-kv/core'
import { FakeClock } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import { here } from '../../fastify-plugin/test/presence.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const
const failed = (code: string) => expect.objectContaining({ name: 'ClientError', code })

const OPEN = Symbol('open')

/** What a promise was fulfilled or rejected with. */
function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error)
}

/** How a promise stands, once everything that was under way has arrived. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  const caught = settled(promise)
  await settle()
  return Promise.race([caught, Promise.resolve(OPEN)])
}

describe('client store', () => {
  it('stores, reads, replaces and removes entries, and says what is not there', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const missing = createKey()

    const key = await notes.init(text('a'))
    const existing = await notes.create(key, text('b'))
    const assigned = await notes.assign(key, text('c'))
    const inserted = await notes.insert(key, text('d'), { ifVersion: 2 })
    const fetched = await notes.fetch(key)
    const removed = await notes.remove(key)

    expect(existing?.value).toEqual(text('a'))
    expect(assigned?.value).toEqual(text('a'))
    expect(inserted?.value).toEqual(text('c'))
    expect(fetched).toMatchObject({ key, version: 3, value: text('d') })
    expect(removed).toEqual(fetched)
    expect(await notes.create(missing, text('e'))).toBeUndefined()
    expect(await notes.remove(key)).toBeUndefined()
    expect(await notes.fetch(key)).toBeUndefined()
    expect(await notes.assign(key, text('f'))).toBeUndefined()
    expect(await notes.insert(key, text('g'))).toBeUndefined()
    client.close()
  })

  it('says where an accepted mutation led, and why one was refused', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const key = await notes.init(text('a'))
    const entry = await notes.fetch(key)

    expect(await notes.mutate(key, write('b'))).toEqual({
      ok: true,
      value: { epoch: entry?.epoch, version: 2, changedAt: network.clock.now() },
    })
    expect(await notes.mutate(key, write(''))).toEqual({ ok: false, error: 'empty' })
    expect(await notes.mutate(createKey(), write('b'))).toBeUndefined()
    await expect(notes.mutate(key, write('c'), { ifVersion: 1 })).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
      retry: 'resync',
    })
    await expect(notes.create('lobby', text('c'))).rejects.toMatchObject({ code: 'INVALID_KEY' })
    client.close()
  })

  it('broadcasts to those who watch', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const key = await notes.init(text('a'))
    const told: unknown[] = []
    using mirror = notes.watch(key)
    mirror.onUpdate((update) => told.push(update))
    await settle()

    const heard = await notes.broadcast(key, { type: 'typing', who: 'bob' })

    expect(heard).toBe(true)
    expect(await notes.broadcast(createKey(), { type: 'typing', who: 'bob' })).toBe(false)
    expect(told.at(-1)).toMatchObject({ type: 'message', message: { type: 'typing', who: 'bob' } })
    client.close()
  })

  it('sends what was asked for when it was asked for, in order, whatever changes later', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const client = network.client()
    const notes = client.store(network.server.notes.definition)
    const mutation = { type: 'write' as const, text: 'b', author: 'bob' }

    const first = notes.mutate(key, mutation)
    mutation.text = 'c'
    const second = notes.mutate(key, mutation)
    await settle()

    expect(await first).toMatchObject({ value: { version: 2 } })
    expect(await second).toMatchObject({ value: { version: 3 } })
    expect(network.requests('mutate').map(({ mutation: sent }) => (sent as typeof mutation).text)).toEqual([
      'b',
      'c',
    ])
    client.close()
  })

  it('refuses locally what JSON cannot hold, and what the server would not read', async () => {
    const network = new MemoryNetwork({ limits: { messageBytes: 300 } })
    const { client, notes } = await network.connect()
    const key = network.server.notes.init(text('a'))
    const before = network.sent.length

    const tooLarge = await outcome(notes.mutate(key, write('ä'.repeat(150))))
    const unspeakable = await outcome(notes.mutate(key, write(1n as unknown as string)))

    expect(tooLarge).toEqual(failed('MESSAGE_TOO_LARGE'))
    expect(unspeakable).toMatchObject({ name: 'ClientError', code: 'INVALID_PAYLOAD' })
    expect(unspeakable).toMatchObject({ cause: expect.any(TypeError) })
    expect(network.sent).toHaveLength(before)
    expect(await notes.mutate(key, write('b'.repeat(50)))).toMatchObject({ ok: true })
    client.close()
  })

  it('refuses locally what is no key', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const before = network.sent.length
    // What types rule out, JavaScript may bring.
    const key = undefined as unknown as string
    const noKey = expect.objectContaining({
      name: 'ClientError',
      code: 'INVALID_KEY',
      message: 'key of type undefined is not a UUID version 4',
    })

    const asked = [notes.fetch(key), notes.mutate(key, write('b')), notes.acquire(key), notes.remove(key)]

    expect(await Promise.all(asked.map(settled))).toEqual(asked.map(() => noKey))
    expect(() => notes.watch(key)).toThrow(noKey)
    expect(() => openPlace(client, here, key)).toThrow(noKey)
    expect(network.sent).toHaveLength(before)
    client.close()
  })

  it('keeps to the rate though the clock is set back', async () => {
    const limits = { requestsPerSecond: 10, requestBurst: 5 }
    const network = new MemoryNetwork({ limits })
    let behindMs = 0
    const { clock } = network
    const { client, notes } = await network.connect({
      clock: {
        now: () => clock.now() - behindMs,
        setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
        clearTimeout: (timer) => clock.clearTimeout(timer),
      },
    })
    const key = network.server.notes.init(text('a'))

    await Promise.all([1, 2, 3, 4].map(() => notes.fetch(key)))
    behindMs = 3_600_000
    const late = notes.fetch(key)
    const early = await outcome(late)
    network.clock.advance(100)

    expect(early).toBe(OPEN)
    expect(await outcome(late)).toMatchObject({ key })
    client.close()
  })

  it('keeps to the rate and to the number of requests that the server allows', async () => {
    const limits = { requestsPerSecond: 10, requestBurst: 5, pending: 3 }
    const network = new MemoryNetwork({ limits })
    const { client, notes } = await network.connect()
    const key = network.server.notes.init(text('a'))
    const guard = await network.server.notes.acquire(key)

    const waiting = [1, 2, 3, 4].map((n) => notes.mutate(key, write(`${n}`)))
    await settle()
    const sentWhileHeld = network.requests('mutate').length
    guard?.release()
    const all = [...waiting, ...[5, 6, 7, 8].map((n) => notes.mutate(key, write(`${n}`)))]
    await settle()
    const sentAtOnce = network.requests('mutate').length
    for (let step = 0; step < 20; step++) {
      network.clock.advance(50)
      await settle()
    }

    expect(sentWhileHeld).toBe(3)
    // Four fifths of the burst, and not a request more.
    expect(sentAtOnce).toBe(4)
    expect(await Promise.all(all)).toHaveLength(8)
    expect(network.server.notes.fetch(key)?.value.text).toBe('8')
    client.close()
  })

  it('gives up what waits when its signal aborts, and nothing that is carried out already', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const key = network.server.notes.init(text('a'))
    const guard = await network.server.notes.acquire(key)
    const abort = new AbortController()
    const { signal } = abort

    const waiting = settled(notes.mutate(key, write('b'), { signal }))
    const before = settled(notes.mutate(key, write('c'), { signal: AbortSignal.abort('early') }))
    await settle()
    abort.abort('enough')

    expect(await outcome(before)).toBe('early')
    expect(await outcome(waiting)).toBe('enough')
    guard?.release()
    await settle()
    expect(network.server.notes.fetch(key)?.version).toBe(1)
    client.close()
  })

  it('fails what is unsettled when the client is closed, and whatever comes after', async () => {
    const network = new MemoryNetwork()
    const clock = new FakeClock()
    const { client, notes } = await network.connect({ clock })
    const key = network.server.notes.init(text('a'))
    await network.server.notes.acquire(key)

    const sent = settled(notes.mutate(key, write('b')))
    const acquiring = settled(notes.acquire(key))
    await settle()
    const asked = settled(notes.fetch(key))
    client.close()
    client.close()

    expect(await outcome(sent)).toEqual(failed('UNKNOWN_OUTCOME'))
    expect(await outcome(acquiring)).toEqual(failed('CLIENT_CLOSED'))
    expect(await outcome(asked)).toEqual(failed('CLIENT_CLOSED'))
    expect(await outcome(notes.fetch(key))).toEqual(failed('CLIENT_CLOSED'))
    expect(client.status).toEqual({ phase: 'closed' })
    expect(clock.pending).toBe(0)
  })
})

describe('offline queue', () => {
  it('sends what waited when there is a connection', async () => {
    const network = new MemoryNetwork()
    network.isDown = true
    const { client, notes } = await network.connect()
    const key = network.server.notes.init(text('a'))

    const queued = notes.mutate(key, write('b'))
    const early = await outcome(queued)
    network.isDown = false
    await network.reconnect()

    expect(early).toBe(OPEN)
    expect(await outcome(queued)).toMatchObject({ ok: true })
    client.close()
  })

  it('fails what waited for too long, and was never sent', async () => {
    const network = new MemoryNetwork()
    network.isDown = true
    const { client, notes } = await network.connect({ queue: { timeoutMs: 1_000 } })
    const key = network.server.notes.init(text('a'))

    const queued = settled(notes.mutate(key, write('b')))
    network.clock.advance(1_000)
    const late = await outcome(queued)
    network.isDown = false
    await network.reconnect()

    expect(late).toEqual(failed('OFFLINE'))
    expect(network.requests('mutate')).toEqual([])
    client.close()
  })

  it('refuses the newest when it is full', async () => {
    const network = new MemoryNetwork()
    network.isDown = true
    const { client, notes } = await network.connect({ queue: { capacity: 1 } })
    const key = network.server.notes.init(text('a'))

    const first = notes.mutate(key, write('b'))
    const second = notes.mutate(key, write('c'))

    expect(await outcome(second)).toEqual(failed('QUEUE_FULL'))
    network.isDown = false
    await network.reconnect()
    expect(await outcome(first)).toMatchObject({ ok: true })
    client.close()
  })

  it('refuses everything while there is no connection, if it is told to', async () => {
    const network = new MemoryNetwork()
    network.isDown = true
    const { client, notes } = await network.connect({ queue: { whileOffline: 'refuse' } })

    expect(await outcome(notes.init(text('a')))).toEqual(failed('OFFLINE'))
    network.isDown = false
    await network.reconnect()
    expect(await outcome(notes.init(text('a')))).toEqual(expect.any(String))
    client.close()
  })
})
