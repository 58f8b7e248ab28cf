import { describe, expect, it, vi } from 'vitest'
import { startServer } from './live-server.ts'

const value = { text: 'hello', author: 'ada' }
const store = 'note'

describe('a client that vanishes', () => {
  it('releases its locks once its grace is over: whoever waits gets them', async () => {
    await using server = await startServer({ graceMs: 1 })
    using ada = await server.connect('ada')
    using bob = await server.connect('bob')
    const key = server.notes.init(value)
    await ada.ask('acquire', { store, key })
    const { topic } = await bob.ask('watch', { store, key })
    const waiting = bob.post('acquire', { store, key })

    ada.socket.terminate()

    expect(await bob.settled(waiting)).toMatchObject({ type: 'answer', result: { token: 2 } })
    expect(bob.updates(topic)).toMatchObject([{ type: 'unlock' }, { type: 'lock', holder: 'bob' }])
  })

  it('waits for no lock any more', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')
    using bob = await server.connect('bob')
    const key = server.notes.init(value)
    const { token } = await ada.ask('acquire', { store, key })
    bob.post('acquire', { store, key })
    // An answer to the second says that the first has entered the mailbox.
    await bob.ask('fetch', { store, key })

    bob.socket.terminate()
    await vi.waitFor(() => expect(server.app.livestore.connectionCount).toBe(1), { timeout: 10_000 })
    await ada.ask('release', { store, key, token })

    const guard = server.notes.tryAcquire(key)
    expect(guard?.token).toBe(token + 1)
    guard?.release()
  })

  it('watches nothing any more once its grace is over', async () => {
    let watchers = 0
    await using server = await startServer({ graceMs: 1 })
    using ada = await server.connect('ada')
    const key = server.notes.init(value)
    const watch = server.notes.watch.bind(server.notes)
    vi.spyOn(server.notes, 'watch').mockImplementation((...args) => {
      const opened = watch(...args)
      const close = opened?.close.bind(opened)
      watchers++
      if (opened && close) {
        opened.close = () => {
          watchers--
          close()
        }
      }
      return opened
    })
    await ada.ask('watch', { store, key })
    expect(watchers).toBe(1)

    ada.socket.terminate()

    await vi.waitFor(() => expect(watchers).toBe(0), { timeout: 10_000 })
    expect(server.app.livestore.connectionCount).toBe(0)
  })

  it('has the mutations that wait carried out all the same', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')
    using bob = await server.connect('bob')
    const key = server.notes.init(value)
    const { token } = await ada.ask('acquire', { store, key })
    bob.post('mutate', { store, key, mutation: { type: 'write', text: 'from bob' } })
    await bob.ask('fetch', { store, key })

    bob.socket.terminate()
    await vi.waitFor(() => expect(server.app.livestore.connectionCount).toBe(1), { timeout: 10_000 })
    await ada.ask('release', { store, key, token })

    expect(server.notes.fetch(key)?.value.text).toBe('from bob')
  })
})
