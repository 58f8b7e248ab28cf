import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '@livestore-kv/core/testing'
import { startServer } from './live-server.ts'
import { SocketClient } from './socket-client.ts'

describe('app.close', () => {
  it('says goodbye with 1012 to every client', async () => {
    const server = await startServer()
    using ada = await server.connect('ada')
    using silent = await SocketClient.open(server.url)

    await server.app.close()

    expect(await ada.closed).toMatchObject({ code: 1012 })
    expect(await silent.closed).toMatchObject({ code: 1012 })
  })

  it('tells clients first when to come back, so that they do not come all at once', async () => {
    const server = await startServer({ drain: { afterMs: 200, jitterMs: 3_000 } })
    using ada = await server.connect('ada')

    await server.app.close()

    expect(await ada.closed).toMatchObject({ code: 1012 })
    expect(ada.frames.at(-1)).toEqual({ type: 'drain', afterMs: 200, jitterMs: 3_000 })
  })

  it('serves those who are connected for as long as it was told to, and nobody else', async () => {
    const clock = new FakeClock()
    const server = await startServer({ clock, drain: { serveMs: 5_000 } })
    using ada = await server.connect('ada')

    const closed = server.app.close()
    await ada.next((frame) => frame.type === 'drain')
    const served = await ada.request('init', { store: 'note', value: { text: 'a' } })
    await expect(server.connect('bob')).rejects.toThrow('503')
    clock.advance(5_000)
    await closed

    expect(served.type).toBe('answer')
    expect(await ada.closed).toMatchObject({ code: 1012 })
  })

  it('does not wait for clients that are mute', async () => {
    const server = await startServer()
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      [
        'GET /live HTTP/1.1',
        `Host: 127.0.0.1:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol: livestore.v1.json',
        '\r\n',
      ].join('\r\n'),
    )
    const [response] = await once(socket, 'data')
    expect(String(response)).toContain('101 Switching Protocols')
    socket.pause()

    // ws alone would wait 30 s for an answer, far longer than a test may take.
    await server.app.close()

    expect(server.app.livestore.connectionCount).toBe(0)
    socket.destroy()
  })

  it('leaves the stores open: who made them closes them', async () => {
    const server = await startServer()
    await server.app.close()

    expect(server.notes.init({ text: 'later', author: 'ada' })).toHaveLength(36)
    await server.storages.close()
  })

  it('releases what clients held', async () => {
    const server = await startServer()
    using ada = await server.connect('ada')
    const key = server.notes.init({ text: 'a', author: 'ada' })
    await ada.ask('acquire', { store: 'note', key })

    await server.app.close()

    expect(server.notes.tryAcquire(key)).toBeDefined()
  })
})
