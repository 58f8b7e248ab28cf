import { describe, expect, it, vi } from 'vitest'
import { MemoryNetwork, settle } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const

describe('a client that is closed by a listener', () => {
  it.each(['waiting', 'connecting', 'online'] as const)('of the status %s stays closed', async (phase) => {
    const network = new MemoryNetwork()
    const { client } = await network.connect()
    client.onStatus((status) => {
      if (status.phase === phase) client.close()
    })

    network.cut()
    await network.reconnect()

    expect(client.status.phase).toBe('closed')
    expect(network.sockets.size).toBe(0)
  })

  it.each(['stale', 'live'] as const)('of a mirror that becomes %s stays closed', async (wanted) => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const mirror = notes.watch(network.server.notes.init(text('a')))
    await settle()
    mirror.onChange(({ status }) => {
      if (status === wanted) client.close()
    })

    network.cut()
    await network.reconnect()

    expect(client.status.phase).toBe('closed')
    expect(network.sockets.size).toBe(0)
  })
})

describe('listeners', () => {
  it('are told in order, though one of them causes the next change', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const key = network.server.notes.init(text('a'))
    const mirror = notes.watch(key)
    await settle()
    const told: (string | undefined)[] = []
    mirror.onChange(({ entry }) => {
      if (entry?.value.text === '1') void notes.mutate(key, write('2'), { optimistic: true })
    })
    mirror.onChange(({ entry }) => told.push(entry?.value.text))

    await network.server.notes.mutate(key, write('1'))
    await settle()

    expect(told.slice(0, 2)).toEqual(['1', '2'])
    client.close()
  })

  it('of the status are told in order, though one of them connects again', async () => {
    const network = new MemoryNetwork()
    const { client } = await network.connect()
    const told: string[] = []
    client.onStatus(({ phase }) => {
      if (phase === 'waiting') client.connect()
    })
    client.onStatus(({ phase }) => told.push(phase))

    network.cut()
    await settle()

    expect(told).toEqual(['waiting', 'connecting', 'online'])
    client.close()
  })

  it('that have ended hear of nothing more, whoever ended them', async () => {
    const network = new MemoryNetwork()
    const { client } = await network.connect()
    const ended = vi.fn<() => void>()
    const ends: (() => void)[] = []
    client.onStatus(() => ends.forEach((end) => end()))
    ends.push(client.onStatus(ended))

    network.cut()

    expect(ended).not.toHaveBeenCalled()
    client.close()
  })

  it('may throw, and so may onError: no update is lost by that', async () => {
    const network = new MemoryNetwork()
    const onError = vi.fn<() => never>(() => {
      throw new Error('the log is full')
    })
    // What a handler throws that is called by itself is the platform's to report.
    const reported = vi.fn<() => void>()
    process.on('unhandledRejection', reported)
    const { client, notes } = await network.connect({ onError })
    const key = network.server.notes.init(text('a'))
    const mirror = notes.watch(key)
    await settle()
    mirror.onUpdate(() => {
      throw new Error('a listener of the application')
    })

    for (const change of ['1', '2']) await network.server.notes.mutate(key, write(change))
    await settle()
    process.off('unhandledRejection', reported)

    expect(mirror.entry?.value.text).toBe('2')
    expect(network.requests('watch')).toHaveLength(1)
    expect(onError).toHaveBeenCalledTimes(2)
    client.close()
  })

  it('of an iterator that waits hear of a close that another listener asks for', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const key = network.server.notes.init(text('a'))
    const mirror = notes.watch(key)
    await settle()
    mirror.onChange(() => mirror.close())
    const states = mirror[Symbol.asyncIterator]()
    await states.next()
    const next = states.next()

    await network.server.notes.mutate(key, write('1'))

    expect(await next).toMatchObject({ done: true })
    client.close()
  })

  it('of a signal end with what it would have closed', async () => {
    const network = new MemoryNetwork()
    const { client, notes } = await network.connect()
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')

    notes.watch(network.server.notes.init(text('a')), { signal }).close()
    notes.watchStore({ signal }).close()

    expect(added).toHaveBeenCalledTimes(2)
    expect(removed.mock.calls).toEqual(added.mock.calls)
    client.close()
  })
})
