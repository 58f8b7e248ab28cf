import { createClient } from '@livestore-kv/client'
import type { ClientOptions, WebSocketLike } from '@livestore-kv/client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MemoryNetwork, note, settle } from './memory-network.ts'

const opened: string[] = []

class SilentSocket implements WebSocketLike {
  onopen = null
  onmessage = null
  onclose = null
  onerror = null

  constructor(url: string) {
    opened.push(url)
  }

  send(): void {}
  close(): void {}
}

async function urlFor(url: string | URL): Promise<string | undefined> {
  using _ = createClient({ url, definitions: [], WebSocket: SilentSocket })
  await settle()
  return opened.at(-1)
}

describe('createClient', () => {
  it('connects to the WebSocket of a web address, or of a path of the page', async () => {
    vi.stubGlobal('location', { href: 'https://app.example/rooms/1?x' })

    expect(await urlFor('/live')).toBe('wss://app.example/live')
    expect(await urlFor('http://127.0.0.1:3000/live')).toBe('ws://127.0.0.1:3000/live')
    expect(await urlFor(new URL('wss://example.org/live'))).toBe('wss://example.org/live')
  })

  it('waits for ever where it may', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    using client = createClient({
      url: 'ws://127.0.0.1/live',
      definitions: [],
      WebSocket: SilentSocket,
      connectTimeoutMs: Infinity,
    })

    await vi.advanceTimersByTimeAsync(86_400_000)

    expect(client.status.phase).toBe('connecting')
  })

  it.each([
    ['url', { url: '/live' }],
    ['url', { url: 'ftp://example.org' }],
    ['definitions', { definitions: [note, note] }],
    ['definitions', { definitions: note }],
    ['definitions', { definitions: undefined }],
    ['definitions', { definitions: [{}] }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['connectTimeoutMs', { connectTimeoutMs: '5' }],
    ['backoff', { backoff: 5 }],
    ['backoff', { backoff: null }],
    ['backoff.firstMs', { backoff: { firstMs: -1 } }],
    ['backoff.maxMs', { backoff: { maxMs: Number.NaN } }],
    ['backoff.minMs', { backoff: { minMs: 5 } }],
    ['queue.capacity', { queue: { capacity: 0 } }],
    ['queue.timeoutMs', { queue: { timeoutMs: 0 } }],
    ['queue.whileOffline', { queue: { whileOffline: 'maybe' } }],
    ['queue.cap', { queue: { cap: 1 } }],
    ['WebSocket', { WebSocket: null }],
    ['WebSocket', { WebSocket: 5 }],
    ['token', { token: 5 }],
    ['name', { name: 5 }],
    ['clock', { clock: {} }],
    ['clock', { clock: null }],
    ['random', { random: 3 }],
    ['onError', { onError: 5 }],
    ['tokn', { tokn: 'ada' }],
  ])('names the wrong option: %s', (name, wrong) => {
    // What types rule out, JavaScript may bring.
    const options = {
      url: 'ws://memory',
      definitions: [note],
      WebSocket: SilentSocket,
      ...wrong,
    } as ClientOptions
    const create = () => createClient(options)

    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
    expect(create).toThrow(new RegExp(`^${name} is not `))
  })

  it('names the WebSocket that a platform has not', () => {
    vi.stubGlobal('WebSocket', undefined)

    expect(() => createClient({ url: 'ws://memory', definitions: [note] })).toThrow('WebSocket is not given')
  })

  it('takes what is undefined for what is left out', () => {
    const options = { url: 'ws://memory', definitions: [note], WebSocket: SilentSocket }
    const absent = { token: undefined, name: undefined, queue: undefined, backoff: { firstMs: undefined } }

    // What exactOptionalPropertyTypes rules out, others may bring.
    using client = createClient({ ...options, ...absent } as unknown as ClientOptions)

    expect(client.status.phase).toBe('connecting')
  })

  it('ends, and says why, where the platform refuses to connect', async () => {
    const errors: unknown[] = []
    const refusal = new Error('mixed content')
    class Refusing extends SilentSocket {
      constructor(url: string) {
        super(url)
        throw refusal
      }
    }
    using client = createClient({
      url: 'ws://memory',
      definitions: [note],
      WebSocket: Refusing,
      onError: (error) => errors.push(error),
    })

    await settle()

    expect(client.status.phase).toBe('ended')
    expect(errors).toEqual([refusal])
  })
})

describe('client.refresh', () => {
  it('hands the server a new token in place', async () => {
    let token = 'ada'
    const network = new MemoryNetwork()
    const { client } = await network.connect({ token: () => token })

    token = 'bob'
    const refreshed = client.refresh().catch((error: unknown) => error)
    await settle()

    // Another user's: the server closes the session, and says that it is no use to try again.
    expect(network.requests('refresh')).toMatchObject([{ token: 'bob' }])
    expect(client.status).toMatchObject({ phase: 'ended', code: 4509 })
    expect(await refreshed).toMatchObject({ name: 'ClientError' })
    client.close()
  })

  it('keeps the session of the same user', async () => {
    const network = new MemoryNetwork()
    const { client } = await network.connect()

    await client.refresh()

    expect(client.status.phase).toBe('online')
    client.close()
  })
})
