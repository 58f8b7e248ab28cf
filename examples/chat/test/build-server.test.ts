import { CloseCode } from '@livestore-kv/core/protocol'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { directory, DIRECTORY_KEY, here, room, topic } from '../src/definitions.ts'
import { buildServer } from '../src/server/build-server.ts'
import { Wire } from './wire.ts'

async function startChat(): Promise<{ app: FastifyInstance; url: string }> {
  const app = await buildServer()
  onTestFinished(() => app.close())
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) }
}

/** Somebody's connection, and the key of the room that they opened. */
async function openRoom(app: FastifyInstance, url: string): Promise<{ ada: Wire; key: string }> {
  const ada = await Wire.connect(url, 'Ada')
  await ada.ask({
    type: 'mutate',
    store: 'directory',
    key: DIRECTORY_KEY,
    mutation: { type: 'open', name: 'Tea' },
  })
  const [listing] = (await app.livestore.store(directory).fetch(DIRECTORY_KEY))?.value.listings ?? []
  return { ada, key: listing?.room ?? '' }
}

describe('the chat server', () => {
  it('stamps author, id and time itself, whatever a client claims', async () => {
    const { app, url } = await startChat()
    const { ada, key } = await openRoom(app, url)
    const claimed = { id: 'mine', at: 1, by: { id: 'somebody', name: 'Somebody' } }

    await ada.ask({
      type: 'mutate',
      store: 'room',
      key,
      mutation: { type: 'post', text: 'hi', stamp: claimed },
    })

    const [message] = (await app.livestore.store(room).fetch(key))?.value.messages ?? []
    expect(message?.author.name).toBe('Ada')
    expect(message?.id).not.toBe('mine')
    expect(message?.postedAt).toBeGreaterThan(1)
  })

  it('says who types, whatever a client claims', async () => {
    const { app, url } = await startChat()
    const { ada, key } = await openRoom(app, url)
    await ada.ask({ type: 'watch', store: 'room', key })
    const ben = await Wire.connect(url, 'Ben')

    const message = { type: 'typing', by: { id: 'ada', name: 'Ada' } }
    await ben.ask({ type: 'broadcast', store: 'room', key, message })

    expect(await ada.next('update')).toMatchObject({ update: { message: { by: { name: 'Ben' } } } })
  })

  it('says who is here, whatever a client claims, and where there is a room only', async () => {
    const { app, url } = await startChat()
    const { ada, key } = await openRoom(app, url)
    const nowhere = '6f1c2a4e-3d0b-4a35-9d57-6d3f2b6c9a01'
    const enter = (entry: string, state: unknown) =>
      ada.ask({ type: 'enter', store: 'here', key: entry, state, who: { name: 'Somebody' } })

    const claimed = await enter(key, { name: 'Somebody' })
    const elsewhere = await enter(nowhere, null)
    await enter(key, null)

    expect([claimed, elsewhere]).toEqual([{ code: 'INVALID_PAYLOAD' }, { code: 'FORBIDDEN' }])
    expect(await app.livestore.members(here, key)).toMatchObject([{ who: { name: 'Ada' }, state: null }])
    expect(await app.livestore.members(here, nowhere)).toEqual([])
  })

  it('lets nobody touch what is not theirs', async () => {
    const { app, url } = await startChat()
    const { ada, key } = await openRoom(app, url)
    await ada.ask({ type: 'mutate', store: 'room', key, mutation: { type: 'post', text: 'hi' } })
    const [message] = (await app.livestore.store(room).fetch(key))?.value.messages ?? []
    const id = message?.id
    const ben = await Wire.connect(url, 'Ben')
    const mutate = (store: string, mutation: object, entry = key) =>
      ben.ask({ type: 'mutate', store, key: entry, mutation })

    expect(await mutate('room', { type: 'edit', id, text: 'bye' })).toEqual({ refused: 'not-yours' })
    expect(await mutate('room', { type: 'delete', id })).toEqual({ refused: 'not-yours' })
    expect(await mutate('topic', { type: 'set', text: 'mine' })).toEqual({ refused: 'not-moderator' })
    expect(await mutate('directory', { type: 'rename', room: key, name: 'Mine' }, DIRECTORY_KEY)).toEqual({
      refused: 'not-moderator',
    })
    expect(await ben.ask({ type: 'acquire', store: 'topic', key })).toEqual({ code: 'FORBIDDEN' })
    expect(await mutate('life', { type: 'close' })).toEqual({ code: 'FORBIDDEN' })
  })

  it.each([
    [
      'make a room past the directory',
      { type: 'init', store: 'room', value: { messages: [], dropped: 0, slowMs: 0, posts: [] } },
    ],
    ['hold the directory', { type: 'acquire', store: 'directory', key: DIRECTORY_KEY }],
    ['set the pace past its life', { type: 'mutate', store: 'room', mutation: { type: 'pace', slowMs: 1 } }],
    ['say goodbye for a room', { type: 'broadcast', store: 'room', message: { type: 'goodbye' } }],
    ['hold its life', { type: 'acquire', store: 'life' }],
    ['hold a room', { type: 'acquire', store: 'room' }],
    ['remove a room', { type: 'remove', store: 'room' }],
    ['list the rooms past the directory', { type: 'watchStore', store: 'room' }],
    [
      'free the name of a room',
      { type: 'mutate', store: 'directory', key: DIRECTORY_KEY, mutation: { type: 'close' } },
    ],
    [
      'name a moderator',
      { type: 'mutate', store: 'directory', key: DIRECTORY_KEY, mutation: { type: 'introduce' } },
    ],
  ])('lets nobody %s', async (_what, request) => {
    const { app, url } = await startChat()
    const { ada, key } = await openRoom(app, url)

    const answer = await ada.ask({ key, ...request })

    expect(answer).toEqual({ code: expect.stringMatching(/^(FORBIDDEN|INVALID_PAYLOAD)$/) })
    expect(await app.livestore.store(room).count()).toBe(1)
  })

  it('lets the moderator hold the topic, tells by whom it is held, and frees it with the connection', async () => {
    const { app, url } = await startChat()
    const { ada, key } = await openRoom(app, url)
    const ben = await Wire.connect(url, 'Ben')
    await ben.ask({ type: 'watch', store: 'topic', key })

    const { token } = (await ada.ask({ type: 'acquire', store: 'topic', key })) as { token: number }
    const moderator = (await app.livestore.store(topic).fetch(key))?.value.moderator
    const locked = await ben.next('update')
    await ada.ask({ type: 'mutate', store: 'topic', key, token, mutation: { type: 'set', text: 'Green' } })
    const changed = await ben.next('update')
    ada.close()

    expect(locked.update).toMatchObject({ type: 'lock', holder: moderator })
    expect(changed.update).toMatchObject({ type: 'mutate', value: { text: 'Green' } })
    expect((await ben.next('update')).update.type).toBe('unlock')
  })

  it('refuses whoever brings no name', async () => {
    const { url } = await startChat()

    await expect(Wire.connect(url, '')).rejects.toThrow(String(CloseCode.credentialsRefused))
  })

  it('serves the page at the root and at every room, and lets it run nothing of strangers', async () => {
    const { app } = await startChat()

    const root = await app.inject('/')
    const link = await app.inject('/rooms/6f1c2a4e-3d0b-4a35-9d57-6d3f2b6c9a01')

    expect(root.headers['content-type']).toContain('text/html')
    expect(link.body).toBe(root.body)
    expect(root.headers['content-security-policy']).toContain("default-src 'self'")
  })
})
