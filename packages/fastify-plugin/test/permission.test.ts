import { createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import type { ServerFrame } from '@livestore-kv/core/protocol'
import { describe, expect, it } from 'vitest'
import { note } from './definitions.ts'
import type { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'
import type { MemoryServer } from './memory-server.ts'
import { slowStore } from './slow-store.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
const write = (text: string): { type: 'write'; text: string; author: string } => ({
  type: 'write',
  text,
  author: '',
})

/** Credentials like `ada until 1700000060000 as guest`. */
function authenticate({ token = '' }: { readonly token: string | undefined }): {
  readonly user: string
  readonly userId: string
  readonly expiresAt?: number
} {
  const [, userId = '', until, role = 'member'] = /^(\w+)(?: until (\d+))?(?: as (\w+))?$/.exec(token) ?? []
  return { user: role, userId, ...(until !== undefined && { expiresAt: Number(until) }) }
}

const membersOnly = ({ user, action }: { readonly user: unknown; readonly action: string }): boolean =>
  user === 'member' || action === 'fetch'

/** Room for one larger entry, and for nothing more. */
const TIGHT = { budgetBytes: 1_000, capBytes: 4_000 }

/** A client that has more to read than fits, and an entry that it knows nothing of. */
async function connectFull({ connect, notes }: Pick<MemoryServer, 'connect' | 'notes'>): Promise<{
  readonly ada: MemoryClient
  readonly key: string
}> {
  const key = notes.init(value)
  const ada = await connect('ada')
  ada.transport.pause()
  ada.post('fetch', { store, key: notes.init({ text: 'x'.repeat(2_000), author: 'ada' }) })
  await settle()
  return { ada, key }
}

const codeOf = (frame: ServerFrame): string | undefined => ('code' in frame ? frame.code : undefined)

describe('refresh', () => {
  it('has the session live on with fresh credentials of the same user, until these run out', async () => {
    const { connect, clock } = memoryServer({ authenticate })
    const soon = clock.now() + 20_000
    const ada = await connect(`ada until ${soon}`)

    const { expiresAt } = await ada.ask('refresh', { token: `ada until ${soon + 10_000}` })
    clock.advance(29_999)
    expect(ada.transport.goodbye).toBeUndefined()
    clock.advance(1)

    expect(expiresAt).toBe(soon + 10_000)
    expect(ada.transport.goodbye?.code).toBe(4002)
  })

  it('leaves a session that ran out to whoever comes with fresh credentials', async () => {
    const { connect, clock } = memoryServer({ authenticate })
    const ada = await connect(`ada until ${clock.now() + 20_000}`)
    clock.advance(20_000)

    const back = await connect('ada', { session: ada.welcome.session })

    expect(back.welcome.resumed).toBe(true)
  })

  it('with the credentials of another user closes the connection', async () => {
    const { connect, endpoint } = memoryServer({ authenticate })
    const ada = await connect('ada')

    ada.post('refresh', { token: 'bob' })
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4509)
    expect([...endpoint.sessions]).toEqual([])
  })

  it('with credentials that are refused closes the connection', async () => {
    const { connect } = memoryServer({
      authenticate: ({ token }) => (token === 'ada' ? { user: 'ada', userId: 'ada' } : undefined),
    })
    const ada = await connect('ada')

    ada.post('refresh', { token: 'nonsense' })
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4502)
  })

  it('ends what the fresh credentials allow no more, and keeps the rest', async () => {
    const { connect, notes } = memoryServer({ authenticate, authorize: membersOnly })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    const listing = await ada.ask('watchStore', { store })
    await ada.ask('acquire', { store, key })

    const { locks } = await ada.ask('refresh', { token: 'ada as guest' })
    const guard = notes.tryAcquire(key)
    guard?.mutate(write('secret'))
    notes.init(value)
    await settle()

    expect(guard).toBeDefined()
    expect(locks).toEqual([])
    expect(ada.updates(topic)).toMatchObject([{ type: 'lock' }, { type: 'revoked' }])
    expect(ada.updates(listing.topic)).toEqual([{ type: 'revoked' }])
    expect(await ada.request('mutate', { store, key, mutation: write('x') })).toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await ada.request('fetch', { store, key })).toMatchObject({ type: 'answer' })
  })

  it('ends nothing that is still allowed', async () => {
    const { connect, notes } = memoryServer({ authenticate, authorize: membersOnly })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    const { token } = await ada.ask('acquire', { store, key })

    const { locks } = await ada.ask('refresh', { token: 'ada' })
    await ada.ask('mutate', { store, key, mutation: write('mine'), token })

    expect(locks).toEqual([{ store, key, token }])
    expect(ada.updates(topic)).toMatchObject([{ type: 'lock' }, { type: 'mutate', version: 2 }])
  })

  it('is implied by coming back: what the new credentials do not allow ends', async () => {
    const { connect, notes } = memoryServer({ authenticate, authorize: membersOnly })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic, seq } = await ada.ask('watch', { store, key })
    ada.cut()

    const { session } = ada.welcome
    const back = await connect('ada as guest', { session, positions: [{ topic, seq }] })
    await notes.mutate(key, write('secret'))
    await settle()

    expect(back.welcome).toMatchObject({ resumed: true, topics: [] })
    expect(back.updates(topic)).toEqual([])
  })

  it('is implied by coming back: what was missed is not told to those who may see it no more', async () => {
    const { connect, notes } = memoryServer({ authenticate, authorize: membersOnly })
    const key = notes.init(value)
    const ada = await connect('ada')
    const positions = [await ada.ask('watch', { store, key }), await ada.ask('watchStore', { store })]
    ada.cut()
    await notes.mutate(key, write('secret'))
    notes.init({ text: 'secret', author: 'bob' })

    const { session } = ada.welcome
    const back = await connect('ada as guest', {
      session,
      positions: positions.map(({ topic, seq }) => ({ topic, seq })),
    })
    await settle()

    expect(JSON.stringify(back.frames)).not.toContain('secret')
  })

  it('that is taken back has what the session watches looked at all the same', async () => {
    let shown: (() => void) | undefined
    const { connect, notes } = memoryServer({
      authenticate: async (input) => {
        if (input.token?.endsWith('guest')) await new Promise<void>((resolve) => (shown = resolve))
        return authenticate(input)
      },
      authorize: membersOnly,
    })
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key: notes.init(value) })

    const refreshing = ada.post('refresh', { token: 'ada as guest' })
    await settle()
    await ada.ask('cancel', { request: refreshing })
    shown?.()

    expect(await ada.settled(refreshing)).toMatchObject({ code: 'CANCELLED' })
    expect(ada.updates(topic)).toMatchObject([{ type: 'revoked' }])
  })

  it('holds for what is asked right after it, however long the credentials take', async () => {
    let shown: (() => void) | undefined
    const { connect, notes } = memoryServer({
      authenticate: async (input) => {
        if (input.token?.endsWith('guest')) await new Promise<void>((resolve) => (shown = resolve))
        return authenticate(input)
      },
      authorize: membersOnly,
    })
    const key = notes.init(value)
    const ada = await connect('ada')

    ada.post('refresh', { token: 'ada as guest' })
    const watching = ada.request('watch', { store, key })
    await settle()
    shown?.()

    expect(await watching).toMatchObject({ code: 'FORBIDDEN' })
  })

  /** Ada watches an entry, and from now on the application takes its time to say what she may. */
  async function watchedSlowly() {
    const questions: (() => void)[] = []
    let isSlow = false
    const { connect, notes } = memoryServer({
      authenticate,
      authorize: (input) =>
        isSlow
          ? new Promise((resolve) => questions.push(() => resolve(membersOnly(input))))
          : membersOnly(input),
    })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    isSlow = true
    return { notes, key, ada, topic, questions }
  }

  it('ends what is not allowed any more, however often more of them follow', async () => {
    const { ada, topic, questions } = await watchedSlowly()

    // Each comes before the application has said anything about the one before.
    for (let turn = 0; turn < 5; turn++) {
      ada.post('refresh', { token: 'ada as guest' })
      await settle()
      if (turn > 0) questions.shift()?.()
      await settle()
    }

    expect(ada.updates(topic)).toMatchObject([{ type: 'revoked' }])
  })

  it('keeps what the last of several allows', async () => {
    const { notes, key, ada, topic, questions } = await watchedSlowly()

    ada.post('refresh', { token: 'ada as guest' })
    await settle()
    ada.post('refresh', { token: 'ada as member' })
    await settle()
    while (questions.length > 0) {
      questions.shift()?.()
      await settle()
    }
    await notes.mutate(key, write('x'))
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'mutate', version: 2 }])
  })

  it('holds for a lock that was asked for before it and is granted after it', async () => {
    const { connect, notes } = memoryServer({ authenticate, authorize: membersOnly })
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)
    const ada = await connect('ada')
    const acquiring = ada.request('acquire', { store, key })

    await ada.ask('refresh', { token: 'ada as guest' })
    guard?.release()

    expect(await acquiring).toMatchObject({ code: 'FORBIDDEN' })
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('holds for a fetch that was asked for before it and had no room to be answered', async () => {
    const { connect, endpoint, notes } = memoryServer({
      authenticate,
      authorize: ({ user }) => user === 'member',
      ...TIGHT,
    })
    const { ada, key } = await connectFull({ connect, notes })

    const fetching = ada.post('fetch', { store, key })
    await settle()
    ada.post('refresh', { token: 'ada as guest' })
    await settle()
    ada.transport.resume()

    expect(await ada.settled(fetching)).toMatchObject({ code: 'FORBIDDEN' })
    expect(endpoint.stats().waitingBytes).toBe(0)
  })

  it.each(['watch', 'watchStore'] as const)(
    'holds for a %s that was asked for before it and had no room to be answered',
    async (type) => {
      const { connect, endpoint, notes } = memoryServer({
        authenticate,
        authorize: membersOnly,
        ...TIGHT,
      })
      const { ada, key } = await connectFull({ connect, notes })

      const watching = ada.post(type, { store, key })
      const refreshing = ada.post('refresh', { token: 'ada as guest' })
      await settle()
      ada.transport.resume()

      expect(await ada.settled(refreshing)).toMatchObject({ type: 'answer' })
      expect(['FORBIDDEN', 'CANCELLED']).toContain(codeOf(await ada.settled(watching)))
      await settle()
      expect(endpoint.stats()).toMatchObject({ topics: 0, subscriptions: 0 })
    },
  )

  it.each(['watch', 'watchStore'] as const)(
    'holds for a %s that was asked for before it from an engine that answers in its time',
    async (type) => {
      const notes = createStore(note)
      const { connect, endpoint } = memoryServer({
        authenticate,
        authorize: membersOnly,
        stores: [slowStore(notes)],
      })
      const key = notes.init(value)
      const ada = await connect('ada')

      const watching = ada.post(type, { store, key })
      ada.post('refresh', { token: 'ada as guest' })

      expect(await ada.settled(watching)).toMatchObject({ code: 'FORBIDDEN' })
      expect(endpoint.stats()).toMatchObject({ topics: 0, subscriptions: 0 })
    },
  )

  it('ends no subscription that has taken the place of the one that was asked about', async () => {
    const verdicts: ((allowed: boolean) => void)[] = []
    let isSlow = false
    const { connect, notes } = memoryServer({
      authorize: () => !isSlow || new Promise((resolve) => void verdicts.push(resolve)),
    })
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic } = await ada.ask('watch', { store, key })
    await bob.ask('watch', { store, key })

    isSlow = true
    const refreshing = ada.request('refresh', { token: 'ada' })
    await settle()
    isSlow = false
    await ada.ask('unwatch', { topic })
    await ada.ask('watch', { store, key })
    for (const decide of verdicts) decide(false)
    await refreshing
    await notes.mutate(key, write('2'))
    const unwatched = await ada.request('unwatch', { topic })

    expect(ada.updates(topic)).toMatchObject([{ type: 'mutate' }])
    expect(unwatched).toMatchObject({ type: 'answer' })
  })
})

describe('revoke', () => {
  it('of a user ends every session of that user, with the client or without', async () => {
    const { connect, endpoint } = memoryServer()
    const [here, away, bob] = [await connect('ada'), await connect('ada'), await connect('bob')]
    away.cut()

    const revoked = endpoint.revoke({ userId: 'ada' })
    const back = await connect('ada', { session: here.welcome.session })

    expect(revoked).toBe(2)
    expect(here.transport.goodbye?.code).toBe(4010)
    expect(bob.transport.goodbye).toBeUndefined()
    expect(back.welcome.resumed).toBe(false)
  })

  it.each([
    ['"userid"', { userid: 'ada' }],
    ['"userid"', { userId: 'ada', userid: 'ada' }],
    ['userId must be a string', { userId: 5 }],
    ['session must be a string', { session: null }],
    ['no store "nonsense" is served', { store: 'nonsense', key: createKey() }],
    ['key "abc" is not a UUID', { store, key: 'abc' }],
    ['a store and a key', { store }],
    ['a store and a key', { key: createKey() }],
    ['a store and a key', { userId: 'ada', session: createKey() }],
    ['a store and a key', { userId: undefined }],
    ['a store and a key', {}],
    ['a store and a key', undefined],
    ['a store and a key', 'ada'],
  ])('throws where it could only do nothing, and ends nothing: %s', async (fault, revocation) => {
    const { connect, endpoint } = memoryServer()
    const ada = await connect('ada')

    expect(() => endpoint.revoke(revocation as never)).toThrow(
      expect.objectContaining({
        code: 'LIVESTORE_INVALID_OPTIONS',
        message: expect.stringContaining(fault),
      }),
    )

    expect(ada.transport.goodbye).toBeUndefined()
  })

  it('names a key in whatever case, and leaves out what is undefined', async () => {
    const { connect, endpoint, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    await ada.ask('watch', { store, key })

    expect(endpoint.revoke({ store, key: key.toUpperCase(), userId: undefined } as never)).toBe(1)
    expect(endpoint.revoke({ userId: 'ada', store: undefined, key: undefined } as never)).toBe(1)
  })

  it('of a session ends that one, and releases what it held', async () => {
    const { connect, endpoint, notes } = memoryServer()
    const key = notes.init(value)
    const [ada, other] = [await connect('ada'), await connect('ada')]
    await ada.ask('acquire', { store, key })

    const revoked = endpoint.revoke({ session: ada.welcome.session })

    expect(revoked).toBe(1)
    expect(ada.transport.goodbye?.code).toBe(4010)
    expect(other.transport.goodbye).toBeUndefined()
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('ends no session of somebody else, however many wait for their clients', async () => {
    const { connect, endpoint } = memoryServer({ restingSessions: 1 })
    const bob = await connect('bob')
    bob.cut()
    await connect('ada')

    endpoint.revoke({ userId: 'ada' })
    const back = await connect('bob', { session: bob.welcome.session })

    expect(back.welcome.resumed).toBe(true)
  })

  it('of a key ends the subscriptions to that entry, and no others', async () => {
    const { connect, endpoint, notes, sealeds } = memoryServer()
    const [key, another] = [notes.init(value), notes.init(value)]
    sealeds.create(key, 1)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    const kept = await ada.ask('watch', { store, key: another })
    const namesake = await ada.ask('watch', { store: 'sealed', key })

    const revoked = endpoint.revoke({ store, key })
    for (const each of [key, another]) await notes.mutate(each, write('2'))
    await sealeds.mutate(key, { type: 'add' })
    await settle()

    expect(revoked).toBe(1)
    expect(ada.updates(topic)).toEqual([{ type: 'revoked' }])
    expect(ada.updates(kept.topic)).toMatchObject([{ type: 'mutate' }])
    expect(ada.updates(namesake.topic)).toMatchObject([{ type: 'mutate' }])
    expect(endpoint.topics.size).toBe(2)
  })

  it.each(['watch', 'watchStore'] as const)(
    'of a key holds for a %s that had no room to be answered',
    async (type) => {
      let isAllowed = true
      const { connect, endpoint, notes } = memoryServer({
        authorize: ({ action }) => action === 'fetch' || isAllowed,
        ...TIGHT,
      })
      const { ada, key } = await connectFull({ connect, notes })

      const watching = ada.post(type, { store, key })
      await settle()
      isAllowed = false
      endpoint.revoke({ store, key })
      ada.transport.resume()

      expect(await ada.settled(watching)).toMatchObject({ code: 'FORBIDDEN' })
      expect(endpoint.stats()).toMatchObject({ topics: 0, subscriptions: 0 })
    },
  )

  it('of a key holds for a listing that was gathered before and had no room to be answered', async () => {
    let hidden: string | undefined
    const { connect, endpoint, notes } = memoryServer({
      authorize: ({ action, key }) => action === 'fetch' || key === undefined || key !== hidden,
      ...TIGHT,
    })
    const { ada, key } = await connectFull({ connect, notes })

    const listing = ada.post('watchStore', { store })
    await settle()
    hidden = key
    endpoint.revoke({ store, key })
    ada.transport.resume()

    const listed = await ada.settled(listing)
    expect(listed).toMatchObject({ type: 'answer', result: { entries: [{ version: 1 }] } })
    expect(JSON.stringify(listed)).not.toContain(key)
  })

  it('of a key holds for what the application was just asked about', async () => {
    const questions: (() => void)[] = []
    let hidden: string | undefined
    const { connect, endpoint, notes } = memoryServer({
      authorize: ({ key }) => {
        const verdict = key === undefined || key !== hidden
        return key === undefined || new Promise((resolve) => questions.push(() => resolve(verdict)))
      },
    })
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store, changes: true })
    const key = notes.init(value)
    await settle()

    hidden = key
    endpoint.revoke({ store, key })
    while (questions.length > 0) {
      questions.shift()?.()
      await settle()
    }

    expect(ada.updates(topic)).toEqual([])
  })

  it('of a key has every listing ask again who may see that entry', async () => {
    let isPublic = true
    const { connect, endpoint, notes } = memoryServer({
      authorize: ({ key }) => key === undefined || isPublic,
    })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store, changes: true })

    isPublic = false
    endpoint.revoke({ store, key })
    await notes.mutate(key, write('secret'))
    await settle()

    expect(ada.updates(topic)).toEqual([])
  })
})

describe('stats', () => {
  it('count what there is', async () => {
    const { connect, endpoint, notes } = memoryServer()
    const key = notes.init(value)
    const [ada, bob, cy] = [await connect('ada'), await connect('bob'), await connect('cy')]
    for (const client of [ada, bob]) await client.ask('watch', { store, key })
    await ada.ask('watchStore', { store })

    bob.cut()
    cy.connection.disconnected(1000)

    expect(endpoint.stats()).toMatchObject({
      connections: 1,
      sessions: 2,
      restingSessions: 1,
      subscriptions: 3,
      topics: 2,
    })
  })

  it('count every drop by its reason', async () => {
    const { connect, endpoint, notes } = memoryServer({ budgetBytes: 1_000 })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic, seq } = await ada.ask('watch', { store, key })

    ada.transport.pause()
    for (let change = 0; change < 10; change++) await notes.mutate(key, write('x'.repeat(200)))
    await settle()
    const guard = notes.tryAcquire(key)
    ada.post('mutate', { store, key, mutation: write('y') })
    await settle()
    ada.cut()
    guard?.release()
    await settle()
    const { session } = ada.welcome
    await connect('ada', { session, positions: [{ topic, seq }] })

    const { dropped } = endpoint.stats()
    expect(dropped).toMatchObject({ unanswered: 1, encoding: 0, listing: 0 })
    // Ten changes, a lock, an unlock and the mutation.
    expect(dropped.history).toBe(13)
    expect(dropped.budget).toBeGreaterThan(0)
  })

  it('count the connections that the server closed, by the code', async () => {
    const { connect, endpoint } = memoryServer()
    const ada = await connect('ada')

    ada.send({ type: 'hello', client: 'test' })
    endpoint.revoke({ userId: 'nobody' })

    expect(endpoint.stats().closed).toEqual({ 4507: 1 })
  })
})
