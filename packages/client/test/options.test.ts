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
    onTestFinished(() => void vi.unstubAllGlobals())

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

  it.each<[string, Partial<ClientOptions>]>([
    ['url', { url: '/live' }],
    ['url', { url: 'ftp://example.org' }],
    ['definitions', { definitions: [note, note] }],
    ['definitions', { definitions: note as unknown as [typeof note] }],
    ['definitions', { definitions: undefined as unknown as [typeof note] }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['firstMs', { backoff: { firstMs: -1 } }],
    ['maxMs', { backoff: { maxMs: Number.NaN } }],
    ['capacity', { queue: { capacity: 0 } }],
    ['timeoutMs', { queue: { timeoutMs: 0 } }],
    // What types rule out, JavaScript may bring.
    ['whileOffline', { queue: { whileOffline: 'maybe' as 'wait' } }],
    ['WebSocket', { WebSocket: null as unknown as typeof SilentSocket }],
  ])('names the wrong option: %s', (name, wrong) => {
    const create = () =>
      createClient({ url: 'ws://memory', definitions: [note], WebSocket: SilentSocket, ...wrong })

    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
    expect(create).toThrow(name)
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
