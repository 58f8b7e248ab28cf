import { createStore } from '@livestore-kv/actors'
import { createClient } from '@livestore-kv/client'
import type { Client } from '@livestore-kv/client'
import { MemoryNetwork } from '@livestore-kv/client/testing'
import type { NetworkServer, ServerConnection, ServerTransport } from '@livestore-kv/client/testing'
import { createEndpoint } from '@livestore-kv/fastify-plugin/endpoint'
import { describe, expect, it } from 'vitest'
import { beginning, glimpse, ledger } from './simulation/ledger.ts'

/** A server that notes what it is told, and says nothing by itself. */
class Listener implements NetworkServer {
  readonly heard: string[] = []
  readonly left: number[] = []
  transport: ServerTransport | undefined

  accept(transport: ServerTransport): ServerConnection {
    this.transport = transport
    return { receive: (message) => this.heard.push(message), disconnected: (code) => this.left.push(code) }
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A socket, and what it was told. */
function open(network: MemoryNetwork): { readonly socket: WebSocketHere; readonly told: string[] } {
  const socket = new network.WebSocket('ws://memory', 'livestore.v1.json')
  const told: string[] = []
  socket.onopen = () => told.push('open')
  socket.onmessage = ({ data }: { readonly data: string }) => told.push(data)
  socket.onclose = ({ code }: { readonly code: number }) => told.push(`close ${code}`)
  return { socket, told }
}
type WebSocketHere = InstanceType<MemoryNetwork['WebSocket']>

function connect(network: MemoryNetwork): Client<typeof ledger> {
  const { clock, random, WebSocket } = network
  return createClient({
    url: 'ws://memory/live',
    definitions: [ledger],
    token: 'ada',
    clock,
    random: random.next,
    WebSocket,
  })
}

describe('a network in memory', () => {
  it('delivers what is sent, in order, and no sooner than time passes', async () => {
    const network = new MemoryNetwork({ latencyMs: 50 })
    const server = new Listener()
    network.serve(server)
    const { socket, told } = open(network)
    await network.run(200)

    for (let at = 0; at < 20; at++) socket.send(`up ${at}`)
    server.transport?.send([bytes('down 1'), bytes('down 2')], () => told.push('sent'))
    const early = [...server.heard, ...told]
    await network.run(60)

    expect(early).toEqual(['open'])
    expect(server.heard).toEqual(Array.from({ length: 20 }, (_, at) => `up ${at}`))
    expect(told).toEqual(['open', 'down 1', 'down 2', 'sent'])
  })

  it('does the same with the same seed, and something else with another', async () => {
    const arrivals = async (seed: number): Promise<string> => {
      const network = new MemoryNetwork({ seed })
      const server = new Listener()
      network.serve(server)
      const sockets = [open(network), open(network), open(network)]
      await network.run(100)
      sockets.forEach(({ socket }, at) => socket.send(String(at)) ?? socket.send(`${at}!`))
      await network.run(100)
      return server.heard.join()
    }

    const orders = new Set(await Promise.all([1, 2, 3, 4, 5, 6].map(arrivals)))

    expect(await arrivals(1)).toBe(await arrivals(1))
    expect(orders.size).toBeGreaterThan(1)
  })

  it.each([
    ['both', ['open', 'close 1006'], [1006]],
    ['client', ['open', 'close 1006'], []],
    ['server', ['open'], [1006]],
    ['nobody', ['open'], []],
  ] as const)('cuts a connection, and %s learn of it', async (notice, told, left) => {
    const network = new MemoryNetwork({ latencyMs: 0 })
    const server = new Listener()
    network.serve(server)
    const client = open(network)
    await network.run(10)

    for (const link of network.links) link.cut(notice)
    client.socket.send('lost')
    server.transport?.send([bytes('lost')], () => undefined)
    await network.run(1_000)

    expect(client.told).toEqual(told)
    expect(server.left).toEqual(left)
    expect(server.heard).toEqual([])
    expect(server.transport?.bufferedAmount).toBe(4)
  })

  it('loses the end of what is on its way when it is cut, and never something in between', async () => {
    const survivors = new Set<number>()
    for (let seed = 1; seed <= 30; seed++) {
      const network = new MemoryNetwork({ seed })
      const server = new Listener()
      network.serve(server)
      const { socket } = open(network)
      await network.run(100)

      for (let at = 0; at < 5; at++) socket.send(String(at))
      for (const link of network.links) link.cut()
      await network.run(100)

      expect(server.heard).toEqual(['0', '1', '2', '3', '4'].slice(0, server.heard.length))
      survivors.add(server.heard.length)
    }
    expect(survivors.size).toBeGreaterThan(3)
  })

  it('fills up where a client does not read, and empties when it does', async () => {
    const network = new MemoryNetwork()
    const server = new Listener()
    network.serve(server)
    const { told } = open(network)
    await network.run(100)

    for (const link of network.links) link.pause()
    server.transport?.send([bytes('12345')], () => told.push('sent'))
    await network.run(10_000)
    const waiting = server.transport?.bufferedAmount
    for (const link of network.links) link.resume()
    await network.run(100)

    expect(waiting).toBe(5)
    expect(told).toEqual(['open', '12345', 'sent'])
    expect(server.transport?.bufferedAmount).toBe(0)
  })

  it('refuses those who connect, or leaves them waiting', async () => {
    const network = new MemoryNetwork()
    const nobody = open(network)
    await network.run(100)
    network.serve(new Listener())
    network.connecting = 'refused'
    const refused = open(network)
    network.connecting = 'stalled'
    const stalled = open(network)
    await network.run(60_000)

    expect([nobody.told, refused.told, stalled.told]).toEqual([['close 1006'], ['close 1006'], []])
  })

  it('lets either end say goodbye, after what it sent before', async () => {
    const network = new MemoryNetwork()
    const [left, leaving] = [new Listener(), new Listener()]
    network.serve(left)
    const client = open(network)
    await network.run(100)
    network.serve(leaving)
    const { told } = open(network)
    await network.run(100)

    client.socket.send('up')
    client.socket.close(1000)
    leaving.transport?.send([bytes('down')], () => undefined)
    leaving.transport?.close(4005, 'slow')
    await network.run(100)

    expect([left.heard, left.left]).toEqual([['up'], [1000]])
    expect(told).toEqual(['open', 'down', 'close 4005'])
  })

  it('connects clients to the endpoint of the plugin', async () => {
    const network = new MemoryNetwork()
    await using store = createStore(ledger, { clock: network.clock })
    const endpoint = createEndpoint({
      stores: [store],
      authenticate: ({ token = '' }) => ({ user: token, userId: token }),
      authorize: () => true,
      views: { ledger: { glimpse: { select: glimpse } } },
      clock: network.clock,
      onError: (error) => {
        throw error
      },
    })
    network.serve(endpoint)
    const key = store.init(beginning('first'))
    using client = connect(network)
    using mirror = client.store(ledger).watch(key)
    await network.run(1_000)
    const before = mirror.status

    for (const link of network.links) link.cut('nobody')
    await store.mutate(key, { type: 'add', id: 'second' })
    await network.run(60_000)

    expect(before).toBe('live')
    expect(mirror.entry).toEqual(store.fetch(key))
    expect(endpoint.stats()).toMatchObject({ connections: 1, sessions: 1, subscriptions: 1 })
    endpoint.close()
  })
})
