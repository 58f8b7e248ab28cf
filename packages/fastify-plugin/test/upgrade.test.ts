import { once } from 'node:events'
import Fastify from 'fastify'
import websocket from '@fastify/websocket'
import { createStore } from '@livestore-kv/actors'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { note } from './definitions.ts'
import { startServer } from './live-server.ts'
import { SocketClient } from './socket-client.ts'

/** The HTTP status that an upgrade is refused with. */
async function refusal(
  url: string,
  headers: Record<string, string> = {},
  protocol = 'livestore.v1.json',
): Promise<number> {
  const socket = new WebSocket(url, protocol, { headers })
  const [, response] = await once(socket, 'unexpected-response')
  socket.on('error', () => undefined)
  socket.terminate()
  return response.statusCode
}

function options(path = '/live') {
  const stores = [createStore(note)]
  return livestoreOptions({ stores, authenticate: () => undefined, authorize: () => true, path })
}

describe('an upgrade', () => {
  it('is refused with 403 to a page of another origin', async () => {
    await using server = await startServer()

    expect(await refusal(server.url, { origin: 'https://evil.example' })).toBe(403)
    expect(await refusal(server.url, { origin: 'null' })).toBe(403)
  })

  it('is granted to a page of the same origin, to a listed one, and to what is no browser', async () => {
    await using server = await startServer({ origins: ['https://app.example'] })
    const own = server.url.replace('ws:', 'http:').replace('/live', '')

    for (const headers of [{ origin: own }, { origin: 'https://app.example' }, {}]) {
      using client = await SocketClient.open(server.url, { headers })
      expect(client.socket.protocol).toBe('livestore.v1.json')
    }
  })

  it('is refused with 400 without the subprotocol', async () => {
    await using server = await startServer()

    expect(await refusal(server.url, {}, 'mqtt')).toBe(400)
  })

  it('chooses the subprotocol from whatever is offered', async () => {
    await using server = await startServer()
    const socket = new WebSocket(server.url, ['mqtt', 'livestore.v1.json'])
    await once(socket, 'open')

    expect(socket.protocol).toBe('livestore.v1.json')
    socket.terminate()
  })

  it('is refused with 503 past maxConnections', async () => {
    await using server = await startServer({ maxConnections: 1 })
    using _ = await server.connect('ada')

    expect(await refusal(server.url)).toBe(503)
  })

  it('is at the path that was asked for, and nowhere else', async () => {
    await using server = await startServer({ path: '/rooms/live' })
    using client = await server.connect('ada')

    expect(client.socket.url).toMatch(/\/rooms\/live$/)
    expect(await refusal(server.url.replace('/rooms', ''))).toBe(404)
  })

  it.each([
    ['/api', undefined, '/api/live'],
    ['/api/', '/rooms', '/api/rooms'],
    ['/', undefined, '/live'],
  ])('is past the prefix that the plugin is registered with: %s', async (prefix, path, url) => {
    const app = Fastify()
    await app.register(livestore, { ...options(path), prefix })

    expect(app.hasRoute({ method: 'GET', url })).toBe(true)
    expect(app.printRoutes({ commonPrefix: false }).match(/GET/g)).toHaveLength(1)
  })

  it('is past the prefix of the plugin in which it is registered, too', async () => {
    const app = Fastify()
    await app.register(
      async (scope) => {
        await scope.register(livestore, { ...options(), prefix: '/v1' })
      },
      { prefix: '/api' },
    )

    expect(app.hasRoute({ method: 'GET', url: '/api/v1/live' })).toBe(true)
  })

  it('is logged as the plugin is told to be', async () => {
    const app = Fastify()
    const levels: unknown[] = []
    app.addHook('onRoute', ({ logLevel }) => void levels.push(logLevel))
    await app.register(livestore, { ...options(), logLevel: 'silent' })

    expect(levels).toContain('silent')
  })

  it('says to a plain request that there is a WebSocket here', async () => {
    const app = Fastify()
    await app.register(livestore, options())

    const response = await app.inject('/live')

    expect(response.statusCode).toBe(400)
    expect(response.json().message).toMatch(/WebSocket.*livestore\.v1\.json/)
  })

  it('works beside other sockets of an application that has registered @fastify/websocket itself', async () => {
    const notes = createStore(note)
    const app = Fastify()
    await app.register(websocket)
    await app.register(
      livestore,
      livestoreOptions({
        stores: [notes],
        authenticate: () => ({ user: 'ada', userId: 'ada' }),
        authorize: () => true,
      }),
    )
    app.get('/echo', { websocket: true }, (socket) => {
      socket.on('message', (text: Buffer) => socket.send(text))
    })
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const url = address.replace('http:', 'ws:')

    using client = await SocketClient.connect(`${url}/live`, 'ada')
    const echo = new WebSocket(`${url}/echo`)
    await once(echo, 'open')
    echo.send('still mine')
    const [heard] = await once(echo, 'message')
    await app.close()

    expect(String(heard)).toBe('still mine')
    // The application's own registration says goodbye first, and without a code.
    expect((await client.closed).code).toBe(1005)
  })
})
