import { createStore } from '@livestore-kv/actors'
import { createKey, defineValue, refuse, StoreError } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { note } from './definitions.ts'
import type { NoteTypes } from './definitions.ts'
import { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'

const value = { text: 'hello', author: 'ada' }
const store = 'note'
const write = (text: string): object => ({ type: 'write', text })

describe('a connection', () => {
  it('is closed with 4001 when no hello came in time', () => {
    const { endpoint, clock } = memoryServer()
    const client = new MemoryClient(endpoint)

    clock.advance(9_999)
    expect(client.transport.goodbye).toBeUndefined()
    clock.advance(1)

    expect(client.transport.goodbye?.code).toBe(4001)
    expect(endpoint.connectionCount).toBe(0)
  })

  it('is closed with 4001 when the application takes too long to authenticate', async () => {
    const { endpoint, clock } = memoryServer({ authenticate: () => new Promise(() => undefined) })
    const client = new MemoryClient(endpoint)
    client.send({ type: 'hello', client: 'test', token: 'ada' })

    clock.advance(10_000)

    expect(client.transport.goodbye?.code).toBe(4001)
  })

  it('is closed with 4501 when a request comes before the welcome', async () => {
    const { endpoint, notes } = memoryServer()
    const client = new MemoryClient(endpoint)

    client.sendRaw(
      '{"type":"hello","client":"t","token":"a"}\n{"type":"init","id":1,"store":"note","value":{"text":"a"}}',
    )
    await settle()

    expect(client.transport.goodbye?.code).toBe(4501)
    expect(notes.count()).toBe(0)
  })

  it('is closed with 4507 by a second hello', async () => {
    const { connect } = memoryServer()
    const client = await connect('ada')

    client.send({ type: 'hello', client: 'test', token: 'bob' })

    expect(client.transport.goodbye?.code).toBe(4507)
  })

  it('is closed with 4002 when its credentials run out', async () => {
    const { connect, clock } = memoryServer({
      authenticate: () => ({ user: 'ada', userId: 'ada', expiresAt: 1_700_000_060_000 }),
    })
    const client = await connect('ada')

    clock.advance(20_000)
    client.send({ type: 'pong' })
    clock.advance(20_000)
    client.send({ type: 'pong' })
    clock.advance(19_999)
    expect(client.transport.goodbye).toBeUndefined()
    clock.advance(1)

    expect(client.transport.goodbye?.code).toBe(4002)
  })

  it.each([
    ['without a status', new Error('the table users does not exist')],
    ['that is no refusal', Object.assign(new Error('moved'), { statusCode: 302 })],
    ['of another kind', 'no database'],
  ])('is refused by what authenticate throws, which is logged: %s', async (_, thrown) => {
    const { endpoint, errors } = memoryServer({
      authenticate: () => {
        throw thrown
      },
    })
    const ada = new MemoryClient(endpoint)

    ada.send({ type: 'hello', client: 'test' })
    await settle()

    expect(ada.transport.goodbye).toEqual({ code: 4502, reason: 'the credentials were refused' })
    expect(errors).toEqual([thrown])
  })

  it.each([{}, { user: {} }, { user: {}, userId: 5 }, 'ada', true])(
    'is refused by what names no user and is not nothing, which is logged: %j',
    async (answer) => {
      const { endpoint, errors } = memoryServer({ authenticate: () => answer as never })
      const ada = new MemoryClient(endpoint)

      ada.send({ type: 'hello', client: 'test' })
      await settle()

      expect(ada.transport.goodbye?.code).toBe(4502)
      expect(errors).toMatchObject([{ message: expect.stringContaining('userId') }])
    },
  )

  it.each([
    ['answers undefined', () => undefined],
    ['answers null', () => null],
    ['answers false', () => false],
    ['throws a 401', () => Promise.reject(Object.assign(new Error('who?'), { statusCode: 401 }))],
  ])('is refused without a word in the log where authenticate %s', async (_, authenticate) => {
    const { endpoint, errors } = memoryServer({ authenticate: authenticate as () => undefined })
    const ada = new MemoryClient(endpoint)

    ada.send({ type: 'hello', client: 'test' })
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4502)
    expect(errors).toEqual([])
  })

  it.each([NaN, 4_102_444_800_000n, '2100-01-01', new Date('2100-01-01')])(
    'is closed with 4002 when nobody can tell when its credentials run out: %s',
    async (expiresAt) => {
      const { endpoint, errors } = memoryServer({
        // Databases answer all kinds of things.
        authenticate: () => ({ user: 'ada', userId: 'ada', expiresAt: expiresAt as number }),
      })
      const ada = new MemoryClient(endpoint)

      ada.send({ type: 'hello', client: 'test' })
      await settle()

      expect(ada.transport.goodbye?.code).toBe(4002)
      expect(errors).toMatchObject([{ message: expect.stringContaining('expiresAt') }])
    },
  )

  it('is closed with 4002, and the slip logged, when they run out at a time in seconds', async () => {
    const { endpoint, errors, clock } = memoryServer({
      authenticate: () => ({ user: 'ada', userId: 'ada', expiresAt: clock.now() / 1_000 + 3_600 }),
    })
    const ada = new MemoryClient(endpoint)

    ada.send({ type: 'hello', client: 'test' })
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4002)
    expect(errors).toMatchObject([{ message: expect.stringContaining('seconds') }])
  })

  it('is closed with 4001 when the application takes too long to say what a session may still watch', async () => {
    let isHung = false
    const { connect, endpoint, notes, clock } = memoryServer({
      hookMs: 20_000,
      authorize: () => !isHung || new Promise(() => undefined),
    })
    const ada = await connect('ada')
    const { topic, seq } = await ada.ask('watch', { store: 'note', key: notes.init(value) })
    ada.cut()
    isHung = true

    const back = new MemoryClient(endpoint)
    const { session } = ada.welcome
    back.send({ type: 'hello', client: 'test', token: 'ada', session, positions: [{ topic, seq }] })
    await settle()
    clock.advance(10_000)

    expect(back.transport.goodbye?.code).toBe(4001)
    expect(endpoint.stats().restingSessions).toBe(1)
  })

  it('is pinged every pingMs', async () => {
    const { connect, clock } = memoryServer()
    const client = await connect('ada')

    for (let ping = 1; ping <= 3; ping++) {
      clock.advance(25_000)
      client.send({ type: 'pong' })
      await settle()
    }

    expect(client.frames.filter((frame) => frame.type === 'ping')).toHaveLength(3)
    expect(client.transport.goodbye).toBeUndefined()
  })

  it('is closed with 4006 when nothing at all was heard for pingMs and 10 s', async () => {
    const { connect, clock, endpoint } = memoryServer()
    const client = await connect('ada')

    clock.advance(30_000)
    client.post('fetch', { store, key: createKey() })
    clock.advance(34_999)
    expect(client.transport.goodbye).toBeUndefined()
    clock.advance(1)

    expect(client.transport).toMatchObject({ goodbye: { code: 4006 }, terminated: true })
    expect(endpoint.connectionCount).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const { connect, clock } = memoryServer()
    const before = clock.pending
    const client = await connect('ada')
    client.transport.pause()
    client.post('fetch', { store, key: createKey() })
    await settle()
    expect(clock.pending).toBeGreaterThan(before)

    client.connection.disconnected(1000)

    expect(clock.pending).toBe(before)
  })

  it('is told when it asks too fast, and how long to wait', async () => {
    const { connect, clock } = memoryServer({ limits: { requestsPerSecond: 10, requestBurst: 3 } })
    const client = await connect('ada')
    const key = createKey()

    const ids = [1, 2, 3, 4].map(() => client.post('fetch', { store, key }))
    const refused = await client.settled(ids[3] ?? 0)
    clock.advance(200)
    const later = await client.request('fetch', { store, key })

    expect(await client.settled(ids[2] ?? 0)).toMatchObject({ type: 'answer' })
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retry: 'later', retryAfterMs: 100 })
    expect(later).toMatchObject({ type: 'answer' })
  })

  it('is closed with 4004 when it goes on asking all the same', async () => {
    const { connect } = memoryServer({ limits: { requestsPerSecond: 10, requestBurst: 3 } })
    const client = await connect('ada')

    for (let request = 1; request <= 6; request++) client.sendRaw('?')

    expect(client.transport.goodbye?.code).toBe(4004)
  })

  it('answers each ping for free, however often it is pinged', async () => {
    const { connect, clock } = memoryServer({ pingMs: 10, limits: { requestsPerSecond: 1, requestBurst: 2 } })
    const client = await connect('ada')

    for (let ping = 1; ping <= 20; ping++) {
      clock.advance(10)
      client.send({ type: 'pong' })
    }
    const answer = await client.request('fetch', { store, key: createKey() })

    expect(client.transport.goodbye).toBeUndefined()
    expect(answer).toMatchObject({ type: 'answer' })
  })

  it('pays for pongs that answer no ping like for requests, and is told nothing of them', async () => {
    const { connect, clock } = memoryServer({ limits: { requestsPerSecond: 1, requestBurst: 2 } })
    const client = await connect('ada')
    clock.advance(25_000)
    await settle()
    const before = client.frames.length

    // One is free, two are a burst, and two more are another.
    for (let pong = 1; pong <= 4; pong++) client.send({ type: 'pong' })
    await settle()
    const early = client.transport.goodbye
    client.send({ type: 'pong' })

    expect(early).toBeUndefined()
    expect(client.frames).toHaveLength(before)
    expect(client.transport.goodbye?.code).toBe(4004)
  })

  it('may have no more than so many requests waiting for their answers', async () => {
    const { connect, notes } = memoryServer({ limits: { pending: 2 } })
    const client = await connect('ada')
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)

    const ids = ['a', 'b', 'c'].map((text) => client.post('mutate', { store, key, mutation: write(text) }))

    expect(await client.settled(ids[2] ?? 0)).toMatchObject({ code: 'TOO_MANY_PENDING', retry: 'later' })
    guard?.release()
    expect(await client.settled(ids[1] ?? 0)).toMatchObject({ type: 'answer', result: { version: 3 } })
  })

  it('may have no more than so many under way, counting those that its session asked for before a cut', async () => {
    const slow: (() => void)[] = []
    const { connect, notes } = memoryServer({
      limits: { pending: 3 },
      authorize: () => new Promise((resolve) => slow.push(() => resolve(true))),
    })
    const key = notes.init(value)
    const ada = await connect('ada')
    for (const mid of [1, 2, 3]) ada.post('mutate', { store, key, mutation: write(`${mid}`), mid })
    await settle()
    ada.cut()
    const back = await connect('ada', { session: ada.welcome.session })

    const again = back.post('mutate', { store, key, mutation: write('1'), mid: 1 })
    const [next, numbered] = [
      await back.request('mutate', { store, key, mutation: write('4') }),
      await back.request('mutate', { store, key, mutation: write('4'), mid: 4 }),
    ]
    while (slow.length > 0) {
      slow.shift()?.()
      await settle()
    }
    const later = back.post('mutate', { store, key, mutation: write('4'), mid: 4 })
    await settle()
    slow.shift()?.()

    for (const refused of [next, numbered]) {
      expect(refused).toMatchObject({ code: 'TOO_MANY_PENDING', retry: 'later' })
    }
    expect(await back.settled(again)).toMatchObject({ result: { version: 2 } })
    expect(await back.settled(later)).toMatchObject({ result: { version: 5 } })
  })

  it('is told of an id that waits for its answer already, and the first request goes on', async () => {
    const { connect, notes } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)

    client.send({ type: 'mutate', id: 1, store, key, mutation: write('first') })
    client.send({ type: 'mutate', id: 1, store, key, mutation: write('second') })

    expect(await client.next((frame) => frame.type === 'error')).toMatchObject({ code: 'DUPLICATE_ID' })
    expect(await client.next((frame) => frame.type === 'answer')).toMatchObject({ id: 1 })
    expect(notes.fetch(key)?.value.text).toBe('first')
  })

  it('has no subscription left of a watch that could not be answered', async () => {
    const { connect, notes, endpoint } = memoryServer({ limits: { subscriptions: 1 } })
    const client = await connect('ada')
    // A value that JSON cannot hold.
    const key = notes.init({ text: 'hello', author: 7n as never })
    const good = notes.init(value)

    const answer = await client.request('watch', { store, key })
    const open = endpoint.topics.size
    const next = await client.request('watch', { store, key: good })

    expect(answer).toMatchObject({ code: 'INTERNAL' })
    expect(open).toBe(0)
    expect(next).toMatchObject({ type: 'answer' })
  })

  it('may have no more than so many subscriptions', async () => {
    const { connect, notes } = memoryServer({ limits: { subscriptions: 2 } })
    const client = await connect('ada')
    const keys = [1, 2, 3].map(() => notes.init(value))
    const answers = []
    for (const key of keys) answers.push(await client.request('watch', { store, key }))

    expect(answers).toMatchObject([
      { type: 'answer' },
      { type: 'answer' },
      { code: 'TOO_MANY_SUBSCRIPTIONS' },
    ])
  })

  it.each(['authorize', 'prepare'])(
    'hears nothing of an error of another store that %s threw',
    async (option) => {
      const secret = new StoreError('NOT_FOUND', 'users has no entry of ada, whose password is 1234')
      const fail = (): Promise<never> => Promise.reject(secret)
      const { connect, errors } = memoryServer(
        option === 'authorize' ? { authorize: fail } : { prepare: new Map([[store, { value: fail }]]) },
      )
      const client = await connect('ada')

      const answer = await client.request('init', { store, value })

      expect(answer).toMatchObject({ code: 'INTERNAL', message: 'the server failed' })
      expect(errors).toEqual([secret])
    },
  )

  it('hears of an unexpected failure in words that tell nothing, and the application gets the rest', async () => {
    const secret = new Error('the password is 1234')
    const { connect, errors } = memoryServer({ authorize: () => Promise.reject(secret) })
    const client = await connect('ada')

    const answer = await client.request('init', { store, value })

    expect(answer).toMatchObject({ code: 'INTERNAL', message: 'the server failed' })
    expect(errors).toEqual([secret])
  })
})

describe('the requests of a session', () => {
  it('enter the mailboxes in the order they arrived, however long authorize takes', async () => {
    const slow: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ mutation }) =>
        String(JSON.stringify(mutation)).includes('slow')
          ? new Promise((resolve) => slow.push(() => resolve(true)))
          : true,
    })
    const client = await connect('ada')
    const key = notes.init(value)
    const { topic } = await client.ask('watch', { store, key })

    for (const text of ['1', '2 slow', '3', '4 slow', '5']) {
      client.post('mutate', { store, key, mutation: write(text) })
    }
    await settle()
    expect(notes.fetch(key)?.value.text).toBe('1')
    slow.shift()?.()
    await settle()
    slow.shift()?.()
    await settle()

    expect(client.updates(topic)).toMatchObject(
      ['1', '2 slow', '3', '4 slow', '5'].map((text) => ({ value: { text } })),
    )
  })

  it('ask the application about a key in the one form that is stored, however it was written', async () => {
    let hidden = ''
    const { connect, notes } = memoryServer({ authorize: ({ key }) => key !== hidden })
    hidden = notes.init(value)
    const client = await connect('ada')
    const key = hidden.toUpperCase()

    const answers = [
      await client.request('fetch', { store, key }),
      await client.request('watch', { store, key }),
      await client.request('mutate', { store, key, mutation: write('x') }),
      await client.request('acquire', { store, key }),
    ]

    expect(answers).toMatchObject(Array(4).fill({ code: 'FORBIDDEN' }))
    expect(notes.fetch(hidden)?.version).toBe(1)
  })

  it('do not wait for the outcome of one that waits its turn', async () => {
    const { connect, notes } = memoryServer()
    const client = await connect('ada')
    const [held, free] = [notes.init(value), notes.init(value)]
    const guard = notes.tryAcquire(held)

    const waiting = client.post('mutate', { store, key: held, mutation: write('later') })
    client.post('acquire', { store, key: held })
    const answer = await client.ask('mutate', { store, key: free, mutation: write('now') })

    expect(answer.version).toBe(2)
    expect(client.frames.some((frame) => frame.type === 'answer' && frame.id === waiting)).toBe(false)
    guard?.release()
    expect(await client.settled(waiting)).toMatchObject({ type: 'answer' })
  })

  it('that watch and then change see the change as an update', async () => {
    const { connect, notes } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)

    const watching = client.post('watch', { store, key })
    client.post('broadcast', { store, key, message: { type: 'typing' } })
    await client.ask('mutate', { store, key, mutation: write('x') })

    expect(await client.settled(watching)).toMatchObject({ result: { entry: { version: 1 } } })
    expect(client.updates(1)).toMatchObject([{ type: 'message' }, { type: 'mutate', version: 2 }])
  })

  it('can be cancelled while they wait, and then change nothing', async () => {
    const { connect, notes } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)
    const waiting = client.post('mutate', { store, key, mutation: write('never') })
    const locking = client.post('acquire', { store, key })
    await settle()

    const cancelled = await client.ask('cancel', { request: waiting })
    await client.ask('cancel', { request: locking })
    guard?.release()
    await settle()

    expect(cancelled).toEqual({ cancelled: true })
    expect(await client.settled(waiting)).toMatchObject({ type: 'error', code: 'CANCELLED' })
    expect(await client.settled(locking)).toMatchObject({ type: 'error', code: 'CANCELLED' })
    expect(notes.fetch(key)?.version).toBe(1)
    expect(notes.tryAcquire(key)).toBeDefined()
    expect(await client.ask('cancel', { request: waiting })).toEqual({ cancelled: false })
  })

  it('can be cancelled while the application makes up its mind, and then are not carried out', async () => {
    let allow = (): void => undefined
    const { connect, notes } = memoryServer({
      authorize: ({ action }) =>
        action !== 'broadcast' || new Promise((resolve) => (allow = () => resolve(true))),
    })
    const client = await connect('ada')
    const key = notes.init(value)
    const { topic } = await client.ask('watch', { store, key })
    const posted = client.post('broadcast', { store, key, message: { type: 'typing' } })
    await settle()

    await client.ask('cancel', { request: posted })
    allow()

    expect(await client.settled(posted)).toMatchObject({ code: 'CANCELLED' })
    expect(client.updates(topic)).toEqual([])
  })

  it('are not carried out once the session has ended before their turn', async () => {
    let allow = (): void => undefined
    const { connect, notes } = memoryServer({
      authorize: () => new Promise((resolve) => (allow = () => resolve(true))),
    })
    const client = await connect('ada')
    const key = notes.init(value)
    client.post('mutate', { store, key, mutation: write('late') })
    client.post('acquire', { store, key })
    await settle()

    client.connection.disconnected(1000)
    allow()
    await settle()

    expect(notes.fetch(key)?.version).toBe(1)
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('fail with VERSION_CONFLICT when the entry has moved on', async () => {
    const { connect, notes } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)
    const epoch = notes.fetch(key)?.epoch ?? 0

    const first = await client.request('mutate', {
      store,
      key,
      mutation: write('a'),
      ifVersion: { epoch, version: 1 },
    })
    const second = await client.request('mutate', { store, key, mutation: write('b'), ifVersion: 1 })

    expect(first).toMatchObject({ type: 'answer' })
    expect(second).toMatchObject({ code: 'VERSION_CONFLICT', retry: 'resync' })
  })
})

describe('a refusal', () => {
  it('without an error is told with null', async () => {
    const silent = createStore(
      defineValue<NoteTypes>({
        ...note,
        // As JavaScript lets one refuse.
        mutations: { write: () => refuse(undefined as never), explode: () => refuse('empty') },
      }),
    )
    const { connect } = memoryServer({ stores: [silent] })
    const client = await connect('ada')
    const key = silent.init(value)

    expect(await client.request('mutate', { store, key, mutation: write('x') })).toMatchObject({
      type: 'refused',
      error: null,
    })
  })
})

describe('a lock', () => {
  it('is lent for no longer than the longest lease, however long was asked for', async () => {
    const { connect, notes, clock } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)

    const { expiresAt } = await client.ask('acquire', { store, key, leaseMs: 1_000_000 })
    clock.advance(29_999)
    expect(notes.tryAcquire(key)).toBeUndefined()
    client.send({ type: 'pong' })
    clock.advance(1)

    expect(expiresAt).toBe(1_700_000_030_000)
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('ends when its answer says, however long the application took to allow it again', async () => {
    let allow: (() => void) | undefined
    let isSlow = false
    const { connect, notes, clock } = memoryServer({
      authorize: () => !isSlow || new Promise((resolve) => (allow = () => resolve(true))),
    })
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)
    const client = await connect('ada')
    const acquiring = client.post('acquire', { store, key, leaseMs: 2_000 })
    await client.ask('refresh', { token: 'ada' })

    isSlow = true
    const granted = clock.now()
    guard?.release()
    await settle()
    clock.advance(1_000)
    allow?.()

    expect(await client.settled(acquiring)).toMatchObject({ result: { expiresAt: granted + 2_000 } })
  })

  it('that was taken back before it was told of is held by nobody, and not kept in the session', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const client = await connect('ada')
    const big = notes.init({ text: 'x'.repeat(2_000), author: '' })
    const key = notes.init(value)
    client.transport.pause()
    client.post('fetch', { store, key: big })
    const acquiring = client.post('acquire', { store, key })
    await settle()
    client.post('cancel', { request: acquiring })
    await settle()
    const free = notes.tryAcquire(key)
    client.cut()

    const locks = [{ store, key, token: (free?.token ?? 0) - 1 }]
    const back = await connect('ada', { session: client.welcome.session, locks })

    expect(free).toBeDefined()
    expect(back.welcome).toMatchObject({ resumed: true, locks: [] })
  })

  it('is held on by renewing it', async () => {
    const { connect, notes, clock } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)
    const { token } = await client.ask('acquire', { store, key, leaseMs: 5_000 })

    clock.advance(4_000)
    const renewed = await client.ask('renew', { store, key, token, leaseMs: 5_000 })
    clock.advance(4_000)

    expect(renewed).toEqual({ expiresAt: 1_700_000_009_000 })
    expect(notes.tryAcquire(key)).toBeUndefined()
  })

  it('is of no use to another session, even with its token', async () => {
    const { connect, notes } = memoryServer()
    const [ada, mallory] = [await connect('ada'), await connect('mallory')]
    const key = notes.init(value)
    const { token } = await ada.ask('acquire', { store, key })

    const attempts = [
      await mallory.request('mutate', { store, key, token, mutation: write('x') }),
      await mallory.request('renew', { store, key, token }),
      await mallory.request('release', { store, key, token }),
      await mallory.request('remove', { store, key, token }),
    ]

    expect(attempts).toMatchObject(attempts.map(() => ({ type: 'error', code: 'GUARD_RELEASED' })))
    expect(await ada.ask('mutate', { store, key, token, mutation: write('mine') })).toMatchObject({
      version: 2,
    })
  })

  it('that was lost is of no use to its own session', async () => {
    const { connect, notes, clock } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const { token } = await ada.ask('acquire', { store, key, leaseMs: 1_000 })

    clock.advance(1_000)

    expect(await ada.request('mutate', { store, key, token, mutation: write('x') })).toMatchObject({
      code: 'GUARD_RELEASED',
    })
  })

  it('is waited for no longer than was asked', async () => {
    const { connect, notes, clock } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    notes.tryAcquire(key, { holder: 'bob' })
    const waiting = ada.post('acquire', { store, key, timeoutMs: 500 })
    await settle()

    clock.advance(500)

    expect(await ada.settled(waiting)).toMatchObject({
      code: 'WAIT_TIMEOUT',
      message: expect.stringContaining('bob'),
    })
  })

  it.each([{}, { timeoutMs: 1_000_000 }])(
    'is waited for no longer than the longest wait: %j',
    async (wish) => {
      const { connect, notes, clock } = memoryServer({ limits: { waitMs: 2_000 } })
      const ada = await connect('ada')
      const key = notes.init(value)
      notes.tryAcquire(key)
      const waiting = ada.post('acquire', { store, key, ...wish })
      await settle()

      clock.advance(2_000)
      await settle()

      expect(ada.frames.at(-1)).toMatchObject({ id: waiting, code: 'WAIT_TIMEOUT' })
    },
  )

  it('ends with the entry that its holder removes', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const { token } = await ada.ask('acquire', { store, key })

    const { entry } = await ada.ask('remove', { store, key, token })

    expect(entry).toMatchObject({ key, version: 1 })
    expect(await ada.request('release', { store, key, token })).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(await ada.request('remove', { store, key })).toMatchObject({ code: 'NOT_FOUND' })
  })
})
