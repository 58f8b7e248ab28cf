import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { PerMessageDeflateOptions } from 'ws'
import { WebSocketBytes } from '../src/connections/web-socket-bytes.ts'
import { WebSocketTransport } from '../src/connections/web-socket-transport.ts'

interface Pair extends AsyncDisposable {
  readonly transport: WebSocketTransport
  /** The server's end. */
  readonly socket: WebSocket
  readonly client: WebSocket
  /** What the client was sent, message by message. */
  readonly messages: string[]
  /** Bytes that the server has written, all in all. */
  readonly written: () => number
}

/** The two ends of a WebSocket on the loopback interface. */
async function connected(perMessageDeflate: PerMessageDeflateOptions | false = false): Promise<Pair> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate })
  await once(server, 'listening')
  // A server that listens on TCP has such an address.
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const messages: string[] = []
  client.on('message', (message: Buffer, isBinary) => messages.push(isBinary ? 'binary' : message.toString()))
  // `ws` emits these two.
  const [socket, request] = (await once(server, 'connection')) as [WebSocket, IncomingMessage]
  await once(client, 'open')
  const stream = request.socket
  return {
    transport: new WebSocketTransport({ socket, stream, bytes: new WebSocketBytes() }),
    socket,
    client,
    messages,
    written: () => stream.bytesWritten,
    async [Symbol.asyncDispose]() {
      client.terminate()
      socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const nothing = (): void => undefined
const frames = (...texts: readonly string[]): Uint8Array[] => texts.map((text) => Buffer.from(text))

describe('WebSocketTransport', () => {
  it('sends each frame as a text message of its own, however long it is', async () => {
    await using pair = await connected()
    const texts = [1, 125, 126, 65_535, 65_536, 200_000].map((length) => 'é'.padEnd(length - 1, 'x'))

    pair.transport.send(frames(...texts), nothing)

    await vi.waitFor(() => expect(pair.messages).toEqual(texts), { timeout: 10_000 })
  })

  it('keeps the order, whatever is sent at once and whatever the socket says by itself meanwhile', async () => {
    await using pair = await connected()
    const batch = fc.array(fc.string({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 12 })

    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1 }), async (batches) => {
        pair.messages.length = 0
        for (const texts of batches) {
          pair.client.ping()
          pair.transport.send(frames(...texts), nothing)
          pair.socket.ping()
        }
        await vi.waitFor(() => expect(pair.messages).toEqual(batches.flat()), {
          timeout: 10_000,
          interval: 1,
        })
      }),
      { numRuns: 25 },
    )
  })

  it('says when it has left, and counts what has not', async () => {
    await using pair = await connected()
    const left: number[] = []
    pair.transport.send(frames('at once'), () => left.push(-1))
    expect(left).toEqual([-1])
    pair.client.pause()

    // More than the kernel takes for a client that reads nothing.
    for (let at = 0; at < 40; at++) pair.transport.send(frames('x'.repeat(1_000_000)), () => left.push(at))
    const waiting = pair.transport.bufferedAmount
    pair.client.resume()
    await vi.waitFor(() => expect(left).toHaveLength(41), { timeout: 10_000 })
    const rest = pair.transport.bufferedAmount
    for (const at of [41, 42]) pair.transport.send(frames('x'), () => left.push(at))
    await vi.waitFor(() => expect(left).toHaveLength(43), { timeout: 10_000 })

    expect(waiting).toBeGreaterThan(1_000_000)
    expect(rest).toBe(0)
    expect(new Set(left).size).toBe(43)
    expect(pair.messages).toHaveLength(43)
  })

  it('sends nothing after the goodbye, and does not keep anybody waiting for it', async () => {
    await using pair = await connected()
    const closed = once(pair.client, 'close')

    pair.transport.send(frames('before'), nothing)
    pair.transport.close(1012, 'the server restarts')
    const written = pair.written()
    const sent = new Promise<void>((resolve) => pair.transport.send(frames('after'), resolve))
    expect(pair.written()).toBe(written)
    const [code] = await closed
    await sent

    expect(code).toBe(1012)
    expect(pair.messages).toEqual(['before'])
  })

  it('leaves it to the socket where messages are compressed', async () => {
    await using pair = await connected({ threshold: 0 })
    const before = pair.written()
    const text = 'x'.repeat(50_000)

    await new Promise<void>((resolve) => pair.transport.send(frames(text, 'y'), resolve))

    await vi.waitFor(() => expect(pair.messages).toEqual([text, 'y']), { timeout: 10_000 })
    expect(pair.written() - before).toBeLessThan(1_000)
  })
})

describe('WebSocketBytes', () => {
  it('are the same object for everybody who is sent the same frames', () => {
    const bytes = new WebSocketBytes()
    const [first, second] = frames('first', 'second')
    if (!first || !second) throw new Error('there are two')

    const both = bytes.of([first, second])

    expect(bytes.of([first, second])).toBe(both)
    expect(bytes.of([second, first])).not.toEqual(both)
    expect(bytes.of([first]).length + bytes.of([second]).length).toBe(both.length)
  })
})
