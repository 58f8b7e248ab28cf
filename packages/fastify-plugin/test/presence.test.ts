import { createKey } from '@livestore-kv/core'
import type { Member } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { settle } from './memory-server.ts'
import { here, namesOf, placesServer } from './presence.ts'
import type { HereTypes } from './presence.ts'

const store = 'here'
const state = { typing: false }

describe('a place', () => {
  it('shows who is in it, in the order in which they entered, and what each shows', async () => {
    const { connect, heres, clock } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]

    await ada.ask('enter', { store, key, state })
    await bob.ask('enter', { store, key, state: { typing: true } })
    await ada.ask('enter', { store, key, state: { typing: true, note: 'hi' } })

    const enteredAt = clock.now()
    expect(heres.fetch(key)?.value).toEqual([
      {
        id: ada.welcome.member,
        userId: 'ada',
        who: { name: 'ADA' },
        state: { typing: true, note: 'hi' },
        enteredAt,
      },
      { id: bob.welcome.member, userId: 'bob', who: { name: 'BOB' }, state: { typing: true }, enteredAt },
    ])
  })

  it('tells its watchers what changed, and not the whole list, where they replay', async () => {
    const { connect } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic, entry } = await bob.ask('watch', { store, key, as: 'mutation' })

    await ada.ask('enter', { store, key, state })
    await ada.ask('enter', { store, key, state: { typing: true } })
    await ada.ask('leave', { store, key })
    await settle()

    expect(entry?.value).toEqual([])
    const id = ada.welcome.member
    expect(bob.updates(topic)).toMatchObject([
      { type: 'mutation', version: 2, mutation: { type: 'enter', member: { id, userId: 'ada', state } } },
      { type: 'mutation', version: 3, mutation: { type: 'show', id, state: { typing: true } } },
      { type: 'mutation', version: 4, mutation: { type: 'leave', id } },
    ])
  })

  it('has two members for a user with two tabs, and each leaves by itself', async () => {
    const { connect, who } = placesServer()
    const key = createKey()
    const [one, two] = [await connect('ada'), await connect('ada')]

    await one.ask('enter', { store, key, state })
    await two.ask('enter', { store, key, state })
    expect(who(key)).toEqual(['ada', 'ada'])
    await one.ask('leave', { store, key })

    expect(who(key)).toEqual(['ada'])
  })

  it('is forgotten when nobody is in it and nobody watches it', async () => {
    const { connect, heres } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })

    await ada.ask('enter', { store, key, state })
    await ada.ask('unwatch', { topic })
    await settle()
    expect(heres.count()).toBe(1)
    await ada.ask('leave', { store, key })
    expect(heres.count()).toBe(0)

    const again = await ada.ask('watch', { store, key })
    await ada.ask('unwatch', { topic: again.topic })
    await settle()
    expect(heres.count()).toBe(0)
  })

  it('takes no more members than it has room for, and takes the next when one has left', async () => {
    const { connect, who } = placesServer()
    const key = createKey()
    const clients = await Promise.all(['ada', 'bob', 'cy', 'dan'].map((user) => connect(user)))
    const [ada, , , dan] = clients

    for (const client of clients.slice(0, 3)) await client.ask('enter', { store, key, state })
    expect(await dan?.request('enter', { store, key, state })).toMatchObject({
      code: 'PLACE_FULL',
      retry: 'later',
    })
    expect(who(key)).toEqual(['ada', 'bob', 'cy'])
    await ada?.ask('leave', { store, key })
    await dan?.ask('enter', { store, key, state })

    expect(who(key)).toEqual(['bob', 'cy', 'dan'])
  })

  it('is entered anew by whoever the application took out of it, when it shows something', async () => {
    const { connect, heres, who } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    await heres.mutate(key, { type: 'leave', id: ada.welcome.member ?? '' })
    expect(who(key)).toEqual([])
    await ada.ask('enter', { store, key, state })

    expect(who(key)).toEqual(['ada'])
  })

  it('is left by whoever waits for it to be let go of, in the order that was asked', async () => {
    const { connect, heres, who } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await ada.ask('enter', { store, key, state })
    const guard = heres.tryAcquire(key)

    const left = ada.request('leave', { store, key })
    const entered = bob.request('enter', { store, key, state })
    const again = ada.request('enter', { store, key, state: { typing: true } })
    await settle()
    expect(who(key)).toEqual(['ada'])
    guard?.release()

    expect([await left, await entered, await again]).toMatchObject(Array(3).fill({ type: 'answer' }))
    expect([...who(key)].sort()).toEqual(['ada', 'bob'])
  })
})

describe('a member', () => {
  it('stays over a short cut, and nobody is told', async () => {
    const { connect, who, clock } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await ada.ask('enter', { store, key, state })
    const { topic } = await bob.ask('watch', { store, key })

    ada.cut()
    clock.advance(7_999)
    await settle()
    const back = await connect('ada', { session: ada.welcome.session })
    clock.advance(8_000)
    await settle()

    expect(who(key)).toEqual(['ada'])
    expect(back.welcome).toMatchObject({ resumed: true, member: ada.welcome.member })
    expect(bob.updates(topic)).toEqual([])
  })

  it('leaves when its client is away for longer, though the session goes on', async () => {
    const { connect, who, clock } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    ada.cut()
    clock.advance(8_000)
    await settle()

    expect(who(key)).toEqual([])
    const back = await connect('ada', { session: ada.welcome.session })
    expect(back.welcome.resumed).toBe(true)
    await back.ask('enter', { store, key, state })
    expect(who(key)).toEqual(['ada'])
  })

  it('leaves at once when its client says goodbye', async () => {
    const { connect, who } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    ada.connection.disconnected(1000)
    await settle()

    expect(who(key)).toEqual([])
  })

  it('stays while its page is loaded again, and the new one takes its seat in one change', async () => {
    const { connect, heres, who, clock } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await ada.ask('enter', { store, key, state })
    await bob.ask('enter', { store, key, state })

    ada.connection.disconnected(1001)
    await settle()
    expect(who(key)).toEqual(['ada', 'bob'])
    const loaded = await connect('ada')
    const before = heres.fetch(key)?.version ?? 0
    await loaded.ask('enter', { store, key, state })

    expect(heres.fetch(key)).toMatchObject({
      version: before + 1,
      value: [{ id: loaded.welcome.member }, {}],
    })
    clock.advance(8_000)
    await settle()
    expect(who(key)).toEqual(['ada', 'bob'])
  })

  it('leaves when its page is not loaded again', async () => {
    const { connect, who, clock } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    ada.connection.disconnected(1001)
    clock.advance(8_000)
    await settle()

    expect(who(key)).toEqual([])
  })

  it('whose page went away leaves early where too many do', async () => {
    const { connect, who } = placesServer({ restingSessions: 1 })
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await ada.ask('enter', { store, key, state })
    await bob.ask('enter', { store, key, state })

    ada.connection.disconnected(1001)
    bob.connection.disconnected(1001)
    await settle()

    expect(who(key)).toEqual(['bob'])
  })

  it.each([
    ['its user', (session: string) => ({ userId: 'ada', session })],
    ['its session', (session: string) => ({ session })],
  ])('leaves at once when %s is revoked', async (_, revocation) => {
    const { connect, endpoint, who } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    const { userId, session } = { userId: undefined, ...revocation(ada.welcome.session) }
    endpoint.revoke(userId === undefined ? { session } : { userId })
    await settle()

    expect(who(key)).toEqual([])
  })

  it('that lingers leaves when its user, or the place, is revoked', async () => {
    const { connect, endpoint, who } = placesServer()
    const key = createKey()
    for (const user of ['ada', 'bob']) {
      const client = await connect(user)
      await client.ask('enter', { store, key, state })
      client.connection.disconnected(1001)
    }

    endpoint.revoke({ userId: 'ada' })
    await settle()
    expect(who(key)).toEqual(['bob'])
    endpoint.revoke({ store, key })
    await settle()

    expect(who(key)).toEqual([])
  })

  it('leaves when the place is revoked, and so do those who watch it', async () => {
    const { connect, endpoint, who } = placesServer()
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })
    const { topic } = await ada.ask('watch', { store, key })

    expect(endpoint.revoke({ store, key })).toBe(1)
    await settle()

    expect(who(key)).toEqual([])
    expect(ada.updates(topic)).toMatchObject([{ type: 'revoked' }])
  })

  it('leaves when fresh credentials do not allow it any more', async () => {
    let allowed = true
    const { connect, who } = placesServer({ authorize: ({ action }) => action !== 'enter' || allowed })
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    allowed = false
    await ada.ask('refresh', { token: 'ada' })
    await settle()

    expect(who(key)).toEqual([])
  })

  it('leaves with the server', async () => {
    const { connect, endpoint, heres } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await ada.ask('enter', { store, key, state })
    await bob.ask('enter', { store, key, state })
    bob.connection.disconnected(1001)

    endpoint.close()
    await settle()

    expect(heres.count()).toBe(0)
  })

  it('has its name changed with its next state, in the same seat', async () => {
    let name = 'Ada'
    const prepare = new Map([['here', { who: () => ({ name }) }]])
    const { connect, heres } = placesServer({ prepare })
    const key = createKey()
    const ada = await connect('ada')
    await ada.ask('enter', { store, key, state })

    name = 'Countess'
    await ada.ask('enter', { store, key, state })

    expect(heres.fetch(key)?.value).toMatchObject([{ id: ada.welcome.member, who: { name } }])
  })
})

describe('a client that would be somebody else', () => {
  it.each([
    ['mutate', { mutation: { type: 'leave', id: 'x' } }],
    ['insert', { value: [] }],
    ['assign', { value: [] }],
    ['create', { value: [] }],
    ['broadcast', { message: {} }],
    ['remove', {}],
    ['acquire', {}],
    ['watchStore', {}],
    ['init', { value: [] }],
  ])('cannot %s a place', async (type, fields) => {
    const { connect, heres, who } = placesServer()
    const key = createKey()
    const [ada, mallory] = [await connect('ada'), await connect('mallory')]
    await ada.ask('enter', { store, key, state })

    mallory.send({ type, id: 7, store, key, ...fields })

    expect(await mallory.settled(7)).toMatchObject({ type: 'error', code: 'FORBIDDEN' })
    expect(who(key)).toEqual(['ada'])
    expect(heres.count()).toBe(1)
  })

  it('is who the server says, whatever it sends', async () => {
    const { connect, heres } = placesServer()
    const key = createKey()
    const [ada, mallory] = [await connect('ada'), await connect('mallory')]
    await ada.ask('enter', { store, key, state })

    const id = ada.welcome.member
    mallory.send({ type: 'enter', id: 7, store, key, state, who: { name: 'ADA' }, userId: 'ada', member: id })
    await mallory.settled(7)
    expect(await mallory.request('enter', { store, key, state: { ...state, userId: 'ada' } })).toMatchObject({
      code: 'INVALID_PAYLOAD',
    })
    await mallory.ask('leave', { store, key: createKey() })

    expect(heres.fetch(key)?.value).toMatchObject([
      { id, userId: 'ada' },
      { id: mallory.welcome.member, userId: 'mallory', who: { name: 'MALLORY' } },
    ])
  })

  it('is told FORBIDDEN where it may not see, or not enter', async () => {
    const asked: unknown[] = []
    const { connect } = placesServer({
      authorize: (input) => {
        asked.push(input)
        return false
      },
    })
    const key = createKey()
    const mallory = await connect('mallory')

    const answers = [
      await mallory.request('watch', { store, key }),
      await mallory.request('fetch', { store, key }),
      await mallory.request('enter', { store, key, state }),
    ]

    expect(answers).toMatchObject(Array(3).fill({ code: 'FORBIDDEN' }))
    const input = { user: 'mallory', store, key }
    expect(asked).toEqual([
      { ...input, action: 'watch' },
      { ...input, action: 'fetch' },
      { ...input, action: 'enter', state },
    ])
  })
})

describe('entering', () => {
  it.each([
    ['a state that the schema does not accept', store, { typing: 'yes' }, 'INVALID_PAYLOAD'],
    ['a state that is too large', store, { typing: true, note: 'é'.repeat(100) }, 'INVALID_PAYLOAD'],
    ['a kind of presence without a schema', 'sealed-here', 1, 'INVALID_PAYLOAD'],
    ['a store that there is not', 'nope', 1, 'UNKNOWN_STORE'],
  ])('is refused with %s', async (_, name, sent, code) => {
    const { connect, heres } = placesServer()
    const ada = await connect('ada')

    expect(await ada.request('enter', { store: name, key: createKey(), state: sent })).toMatchObject({ code })
    expect(heres.count()).toBe(0)
  })

  it('is refused with a key that is none, and with a store that has no places', async () => {
    const { connect } = placesServer()
    const ada = await connect('ada')
    const plain = await placesServer({ stores: [], prepare: new Map() }).connect('ada')

    expect(await ada.request('enter', { store, key: 'lobby', state })).toMatchObject({ code: 'INVALID_KEY' })
    expect(await ada.request('watch', { store, key: 'lobby' })).toMatchObject({ code: 'INVALID_KEY' })
    expect(await plain.request('leave', { store, key: 'lobby' })).toMatchObject({ code: 'UNKNOWN_STORE' })
  })

  it('is bounded, and a place that was left makes room for another', async () => {
    const { connect, who } = placesServer({
      presence: { disconnectGraceMs: 8_000, placesPerSession: 2 },
    })
    const keys = [createKey(), createKey(), createKey()] as const
    const ada = await connect('ada')
    await ada.ask('enter', { store, key: keys[0], state })
    await ada.ask('enter', { store, key: keys[1], state })

    expect(await ada.request('enter', { store, key: keys[2], state })).toMatchObject({
      code: 'TOO_MANY_PLACES',
    })
    await ada.ask('leave', { store, key: keys[0] })
    await ada.ask('enter', { store, key: keys[2].toUpperCase(), state })

    expect(keys.map(who)).toEqual([[], ['ada'], ['ada']])
  })

  it('and leaving happen in the order in which they were sent, however long the application takes', async () => {
    const { connect, who } = placesServer({
      authorize: async () => {
        await settle()
        return true
      },
    })
    const key = createKey()
    const ada = await connect('ada')

    ada.post('enter', { store, key, state })
    ada.post('leave', { store, key })
    ada.post('enter', { store, key, state })
    await ada.ask('leave', { store, key })

    expect(who(key)).toEqual([])
  })

  it('replayed by a client leads to what the server has', async () => {
    const { connect, heres } = placesServer()
    const key = createKey()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic, entry } = await bob.ask('watch', { store, key, as: 'mutation' })
    for (const client of [ada, bob]) await client.ask('enter', { store, key, state })
    await ada.ask('enter', { store, key, state: { typing: true } })
    await settle()

    let members = entry?.value as readonly Member<HereTypes>[]
    for (const update of bob.updates(topic)) {
      if (update.type !== 'mutation') throw new Error(update.type)
      // What the server tells of a place is what the definition takes.
      const result = here.mutate(
        { key, epoch: update.epoch, version: 1, value: members, createdAt: 0, changedAt: 0 },
        update.mutation as Parameters<typeof here.mutate>[1],
      )
      if (result.ok) members = result.value
    }

    expect(members).toEqual(heres.fetch(key)?.value)
    expect(namesOf(members)).toEqual(['ada', 'bob'])
  })
})
