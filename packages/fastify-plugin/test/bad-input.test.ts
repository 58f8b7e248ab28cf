import { createKey } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { startServer } from './live-server.ts'
import { memoryServer } from './memory-server.ts'
import { SocketClient } from './socket-client.ts'

const value = { text: 'hello', author: 'ada' }
const store = 'note'

describe('a frame that is not as it must be', () => {
  const key = createKey()
  it.each([
    ['not JSON', '{"type":', { code: 'BAD_FRAME' }],
    ['not an object', '7', { code: 'BAD_FRAME' }],
    ['empty', '', { code: 'BAD_FRAME' }],
    ['of an unknown type', '{"type":"explode","id":1}', { code: 'UNKNOWN_FRAME', id: 1 }],
    [
      'of a type that every object inherits',
      '{"type":"constructor","id":1}',
      { code: 'UNKNOWN_FRAME', id: 1 },
    ],
    ['without a field', '{"type":"fetch","id":1,"store":"note"}', { code: 'BAD_FRAME', id: 1 }],
    [
      'with __proto__',
      `{"type":"fetch","id":1,"store":"note","key":"${key}","__proto__":{}}`,
      { code: 'BAD_FRAME' },
    ],
    [
      'with constructor',
      '{"type":"init","id":1,"store":"note","value":{"constructor":{}}}',
      { code: 'BAD_FRAME' },
    ],
    [
      'too deep',
      `{"type":"init","id":1,"store":"note","value":${'['.repeat(999)}${']'.repeat(999)}}`,
      { id: 1 },
    ],
    [
      'for a store that is not served',
      `{"type":"fetch","id":1,"store":"safe","key":"${key}"}`,
      { code: 'UNKNOWN_STORE' },
    ],
    [
      'for a store that every object inherits',
      `{"type":"fetch","id":1,"store":"__proto__","key":"${key}"}`,
      { code: 'UNKNOWN_STORE' },
    ],
    [
      'with a value of a wrong schema',
      '{"type":"init","id":1,"store":"note","value":{"text":7}}',
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a value too much',
      '{"type":"init","id":1,"store":"note","value":{"text":"a","admin":true}}',
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a mutation of a wrong schema',
      `{"type":"mutate","id":1,"store":"note","key":"${key}","mutation":{"type":"write"}}`,
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a mutation that every object inherits',
      `{"type":"mutate","id":1,"store":"note","key":"${key}","mutation":{"type":"toString"}}`,
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a message of a wrong schema',
      `{"type":"broadcast","id":1,"store":"note","key":"${key}","message":"hi"}`,
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a value where there is no schema',
      '{"type":"init","id":1,"store":"sealed","value":1}',
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a mutation where there is no schema',
      `{"type":"mutate","id":1,"store":"sealed","key":"${key}","mutation":{"type":"add"}}`,
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a message where there is no schema',
      `{"type":"broadcast","id":1,"store":"sealed","key":"${key}","message":{"type":"ring"}}`,
      { code: 'INVALID_PAYLOAD' },
    ],
    [
      'with a key that is none, to be stored',
      '{"type":"create","id":1,"store":"note","key":"lobby","value":{"text":"a"}}',
      { code: 'INVALID_KEY' },
    ],
    [
      'with a key that is none, to be watched',
      '{"type":"watch","id":1,"store":"note","key":"lobby"}',
      { code: 'NOT_FOUND' },
    ],
    [
      'with a token of nobody',
      `{"type":"release","id":1,"store":"note","key":"${key}","token":1}`,
      { code: 'GUARD_RELEASED' },
    ],
    ['for a topic of nobody', '{"type":"unwatch","id":1,"topic":99}', { code: 'NOT_FOUND' }],
  ])(
    'is answered with an error, changes nothing and is noticed by nobody else: %s',
    async (_, message, error) => {
      await using server = await startServer()
      using ada = await server.connect('ada')
      using mallory = await server.connect('mallory')
      const note = server.notes.init(value)
      const { topic } = await ada.ask('watch', { store, key: note })

      mallory.sendRaw(message)
      const answer = await mallory.next((frame) => frame.type === 'error')
      await ada.ask('mutate', { store, key: note, mutation: { type: 'write', text: 'still here' } })

      expect(answer).toMatchObject({ retry: 'no', ...error })
      expect(ada.updates(topic)).toMatchObject([{ type: 'mutate', version: 2 }])
      expect([server.notes.count(), server.sealeds.count()]).toEqual([1, 0])
      expect(await mallory.ask('fetch', { store, key: note })).toMatchObject({ entry: { version: 2 } })
    },
  )

  it('reads a key that is none as one that is not there', async () => {
    await using server = await startServer()
    using client = await server.connect('ada')

    expect(await client.ask('fetch', { store, key: 'lobby' })).toEqual({ entry: null })
    expect(await client.ask('fetch', { store, key: '__proto__' })).toEqual({ entry: null })
  })

  it('ends the connection with 1009 when it is too large, and nobody else notices', async () => {
    await using server = await startServer()
    using ada = await server.connect('ada')
    using mallory = await server.connect('mallory')

    mallory.send({ type: 'init', id: 1, store, value: { text: 'x'.repeat(70_000) } })

    expect((await mallory.closed).code).toBe(1009)
    expect(await ada.ask('init', { store, value })).toHaveProperty('key')
    expect(server.notes.count()).toBe(1)
  })

  it('says nothing of what a handler threw but that the server failed', async () => {
    await using server = await startServer()
    using client = await server.connect('ada')
    const key = server.notes.init(value)

    const answer = await client.request('mutate', { store, key, mutation: { type: 'explode' } })

    expect(answer).toMatchObject({
      type: 'error',
      code: 'INTERNAL',
      message: 'the server failed',
      retry: 'later',
    })
  })
})

describe('before hello', () => {
  it.each([
    ['a request', '{"type":"init","id":1,"store":"note","value":{"text":"a"}}'],
    ['what is not JSON', '?'],
    ['a hello that is none', '{"type":"hello"}'],
  ])('%s ends the connection with 4501 and changes nothing', async (_, message) => {
    await using server = await startServer()
    using client = await SocketClient.open(server.url)

    client.sendRaw(message)

    expect((await client.closed).code).toBe(4501)
    expect(server.notes.count()).toBe(0)
  })

  it('credentials that are refused end it with 4502, without the reason of the application', async () => {
    await using server = await startServer({
      authenticate: () => {
        throw new Error('user ada has been banned for spam')
      },
    })
    using client = await SocketClient.open(server.url)

    client.send({ type: 'hello', client: 'test', token: 'ada' })

    expect(await client.closed).toEqual({ code: 4502, reason: 'the credentials were refused' })
  })

  it.each([null, false, '', 'ada', {}, { userId: 7 }])(
    'what names no user is refused like wrong credentials: %j',
    async (answer) => {
      await using server = await startServer({ authenticate: (() => answer) as never })
      using client = await SocketClient.open(server.url)

      client.send({ type: 'hello', client: 'test', token: 'ada' })

      expect((await client.closed).code).toBe(4502)
    },
  )

  it('no credentials are refused like wrong ones', async () => {
    await using server = await startServer()
    using client = await SocketClient.open(server.url)

    client.send({ type: 'hello', client: 'test' })

    expect((await client.closed).code).toBe(4502)
  })

  it('credentials that cannot be checked now end it with 4002: try again', async () => {
    await using server = await startServer({
      authenticate: () => Promise.reject(Object.assign(new Error('no database'), { statusCode: 503 })),
    })
    using client = await SocketClient.open(server.url)

    client.send({ type: 'hello', client: 'test', token: 'ada' })

    expect((await client.closed).code).toBe(4002)
  })
})

describe('what the application does not allow', () => {
  it.each([
    ['init', { value }],
    ['create', { key: createKey(), value }],
    ['fetch', { key: createKey() }],
    ['watch', { key: createKey() }],
    ['watchStore', {}],
    ['mutate', { key: createKey(), mutation: { type: 'write', text: 'x' } }],
    ['broadcast', { key: createKey(), message: { type: 'typing' } }],
    ['acquire', { key: createKey() }],
    ['remove', { key: createKey() }],
  ])('is FORBIDDEN: %s', async (type, fields) => {
    await using server = await startServer({ authorize: () => false })
    using client = await server.connect('ada')

    client.send({ type, id: 1, store, ...fields })

    expect(await client.settled(1)).toMatchObject({ code: 'FORBIDDEN', retry: 'no' })
    expect(server.notes.count()).toBe(0)
  })

  it('is whatever it did not answer with true', async () => {
    // A forgotten `return`, as JavaScript lets one forget it.
    await using server = await startServer({ authorize: (() => undefined) as never })
    using client = await server.connect('ada')

    expect(await client.request('init', { store, value })).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('is told with everything that it needs to decide', async () => {
    const asked: unknown[] = []
    await using server = await startServer({
      authorize: (input) => {
        asked.push(input)
        return true
      },
    })
    using client = await server.connect('ada')
    const key = server.notes.init(value)

    await client.ask('mutate', { store, key, mutation: { type: 'write', text: 'x' } })

    expect(asked).toEqual([
      { user: 'ada', action: 'mutate', store, key, mutation: { type: 'write', text: 'x', author: '' } },
    ])
  })
})

describe('prepare', () => {
  it('stamps what a client must not choose, after the schema and before the mailbox', async () => {
    await using server = await startServer({
      prepare: {
        note: {
          value: ({ value: sent, user }) => ({ ...sent, author: user }),
          mutation: ({ mutation, userId }) =>
            mutation.type === 'write' ? { ...mutation, author: userId } : mutation,
          message: ({ message, userId }) => ({ ...message, who: userId }),
        },
      },
    })
    using ada = await server.connect('ada')
    const { key } = await ada.ask('init', { store, value: { text: 'a', author: 'mallory' } })
    const { topic, entry } = await ada.ask('watch', { store, key })

    await ada.ask('mutate', { store, key, mutation: { type: 'write', text: 'b', author: 'mallory' } })
    await ada.ask('broadcast', { store, key, message: { type: 'typing', who: 'mallory' } })

    expect(entry?.value).toEqual({ text: 'a', author: 'ada' })
    expect(ada.updates(topic)).toMatchObject([
      { type: 'mutate', value: { text: 'b', author: 'ada' } },
      { type: 'message', message: { who: 'ada' } },
    ])
  })

  it('that answers nothing fails the request, and says which it was', async () => {
    const { connect, notes, errors } = memoryServer({
      prepare: new Map([['note', { mutation: () => undefined }]]),
    })
    const ada = await connect('ada')
    const key = notes.init({ text: 'a', author: 'ada' })

    const failed = await ada.request('mutate', { store, key, mutation: { type: 'write', text: 'b' } })

    expect(failed).toMatchObject({ code: 'INTERNAL' })
    expect(errors).toMatchObject([{ message: 'prepare.note.mutation answered nothing' }])
    expect(notes.fetch(key)?.version).toBe(1)
  })
})
