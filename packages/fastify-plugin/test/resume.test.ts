import { createStore } from '@livestore-kv/actors'
import type { TopicPosition, WireUpdate } from '@livestore-kv/core/protocol'
import { describe, expect, it } from 'vitest'
import { note } from './definitions.ts'
import { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
const write = (text: string): { type: 'write'; text: string; author: string } => ({
  type: 'write',
  text,
  author: 'bob',
})

/** Where `client` got in the topic of that number. */
function positionOf(client: MemoryClient, topic: number): TopicPosition {
  const seqs = client.frames.flatMap((frame) => {
    if (frame.type === 'update' && frame.topic === topic) return [frame.seq]
    // Only the answers to a watch have these.
    const result = frame.type === 'answer' ? (frame.result as Partial<TopicPosition>) : {}
    return result.topic === topic && result.seq !== undefined ? [result.seq] : []
  })
  return { topic, seq: seqs.at(-1) ?? 0 }
}

/** What `client` says to go on where it was cut off. */
function whereItWas(client: MemoryClient, topics: readonly number[]): object {
  return { session: client.welcome.session, positions: topics.map((topic) => positionOf(client, topic)) }
}

/** A client that came back, and cannot yet be told of an entry of which more changed than is remembered. */
async function backWithoutRoom() {
  const { connect, notes, endpoint } = memoryServer({ budgetBytes: 2_000, capBytes: 8_000 })
  const [busy, gone] = [notes.init(value), notes.init(value)]
  const ada = await connect('ada')
  const topics = [
    (await ada.ask('watch', { store, key: busy })).topic,
    (await ada.ask('watch', { store, key: gone })).topic,
  ] as const
  ada.cut()
  await notes.mutate(busy, write('x'.repeat(1_200)))
  for (let version = 2; version <= 70; version++) await notes.mutate(gone, write(String(version)))
  const back = new MemoryClient(endpoint)
  back.transport.pause()
  back.send({ type: 'hello', client: 'test', token: 'ada', ...whereItWas(ada, topics) })
  await settle()
  return { notes, endpoint, gone, topic: topics[1], back }
}

function versions(updates: readonly WireUpdate[]): unknown[] {
  return updates.map((update) => ('version' in update ? update.version : update.type))
}

describe('a session', () => {
  it('goes on in another connection, and tells exactly what was missed', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    await notes.mutate(key, write('2'))
    await settle()
    ada.cut()
    await notes.mutate(key, write('3'))
    notes.broadcast(key, { type: 'typing', who: 'bob' })
    await notes.mutate(key, write('4'))

    const back = await connect('ada', whereItWas(ada, [topic]))
    await notes.mutate(key, write('5'))
    await settle()

    expect(back.welcome).toMatchObject({ resumed: true, topics: [topic], session: ada.welcome.session })
    expect(back.updates(topic)).toMatchObject([
      { type: 'mutate', version: 3 },
      { type: 'message', version: 3, message: { who: 'bob' } },
      { type: 'mutate', version: 4 },
      { type: 'mutate', version: 5 },
    ])
  })

  it('tells one snapshot in place of more updates than are remembered', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    for (let version = 2; version <= 66; version++) await notes.mutate(key, write(String(version)))

    const back = await connect('ada', whereItWas(ada, [topic]))
    await notes.mutate(key, write('67'))
    await settle()

    expect(back.updates(topic)).toMatchObject([
      { type: 'snapshot', reason: 'history', entry: { version: 66, value: { text: '66' } } },
      { type: 'mutate', version: 67 },
    ])
  })

  it('tells the snapshots of many subscriptions one after the other, as fast as they are read', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 2_000, capBytes: 8_000 })
    const keys = Array.from({ length: 20 }, () => notes.init(value))
    const ada = await connect('ada')
    const positions = []
    for (const key of keys) {
      const { topic, seq } = await ada.ask('watch', { store, key })
      positions.push({ topic, seq })
    }
    ada.cut()
    for (const key of keys) {
      for (let change = 0; change < 65; change++) await notes.mutate(key, write('x'.repeat(600)))
    }

    const back = await connect('ada', { session: ada.welcome.session, positions })
    const last = positions.at(-1)?.topic ?? 0
    await back.next((frame) => frame.type === 'update' && frame.topic === last)

    expect(back.transport.goodbye).toBeUndefined()
    for (const { topic } of positions) {
      expect(back.updates(topic)).toMatchObject([
        { type: 'snapshot', reason: 'history', entry: { version: 66 } },
      ])
    }
  })

  it('remembers 64 updates of a topic', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    for (let version = 2; version <= 65; version++) await notes.mutate(key, write(String(version)))

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(versions(back.updates(topic))).toEqual(Array.from({ length: 64 }, (_, at) => at + 2))
  })

  it('remembers no more bytes than one connection may be sent', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000 })
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    for (const text of ['a', 'b', 'c']) await notes.mutate(key, write(text.repeat(500)))

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(back.updates(topic)).toMatchObject([
      { type: 'snapshot', reason: 'history', entry: { version: 4 } },
    ])
  })

  it('remembers no more bytes of all topics than historyBytes: whose oldest was forgotten starts again', async () => {
    const { connect, notes, endpoint } = memoryServer({ historyBytes: 3_000 })
    const keys = [notes.init(value), notes.init(value)] as const
    const ada = await connect('ada')
    const [one, other] = [
      await ada.ask('watch', { store, key: keys[0] }),
      await ada.ask('watch', { store, key: keys[1] }),
    ]
    ada.cut()
    for (const key of [keys[0], keys[0], keys[1], keys[1]]) await notes.mutate(key, write('x'.repeat(600)))
    const { historyBytes } = endpoint.stats()

    const back = await connect('ada', whereItWas(ada, [one.topic, other.topic]))
    await notes.mutate(keys[0], write('next'))
    await settle()

    expect(historyBytes).toBeGreaterThan(2_000)
    expect(historyBytes).toBeLessThanOrEqual(3_000)
    expect(back.updates(one.topic)).toMatchObject([
      { type: 'snapshot', reason: 'history', entry: { version: 3 } },
      { type: 'mutate', version: 4 },
    ])
    expect(versions(back.updates(other.topic))).toEqual([2, 3])
    expect(endpoint.stats().dropped).toMatchObject({ evicted: 2, history: 0 })
  })

  it('tells that an entry is gone, though that was forgotten for the sake of others', async () => {
    const { connect, notes } = memoryServer({ historyBytes: 1_000 })
    const [gone, busy] = [notes.init(value), notes.init(value)]
    const ada = await connect('ada')
    const watched = [
      await ada.ask('watch', { store, key: gone }),
      await ada.ask('watch', { store, key: busy }),
    ] as const
    ada.cut()
    await notes.mutate(gone, write('2'))
    await notes.remove(gone)
    for (let change = 0; change < 5; change++) await notes.mutate(busy, write('x'.repeat(600)))

    const back = await connect('ada', whereItWas(ada, [watched[0].topic, watched[1].topic]))
    await settle()

    expect(back.updates(watched[0].topic)).toMatchObject([
      { type: 'snapshot', reason: 'history', entry: { version: 2 } },
      { type: 'remove', reason: 'removed' },
    ])
  })

  it('tells nothing but that an entry is gone to whoever missed nothing else', async () => {
    const { connect, notes } = memoryServer({ historyBytes: 1_000 })
    const [gone, busy] = [notes.init(value), notes.init(value)]
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key: gone })
    await ada.ask('watch', { store, key: busy })
    ada.cut()
    await notes.remove(gone)
    for (let change = 0; change < 5; change++) await notes.mutate(busy, write('x'.repeat(600)))

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(back.updates(topic)).toMatchObject([{ type: 'remove', reason: 'removed' }])
  })

  it.each([
    ['as that of an entry', { historyBytes: 500 }, 10, { evicted: 10, history: 0 }],
    ['past the 64 updates of its topic as forgotten by that', {}, 65, { evicted: 0, history: 65 }],
  ])('counts what was forgotten of a listing, which is over then, %s', async (_, options, many, dropped) => {
    const { connect, notes, endpoint } = memoryServer(options)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store })
    ada.cut()
    for (let entry = 0; entry < many; entry++) notes.init({ text: 'x'.repeat(100), author: 'ada' })
    await settle()

    const back = await connect('ada', whereItWas(ada, [topic]))

    expect(back.welcome.topics).toEqual([])
    expect(endpoint.stats().dropped).toMatchObject(dropped)
  })

  it('remembers nothing for nobody', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const [key, gone, other] = [notes.init(value), notes.init(value), notes.init(value)]
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await ada.ask('watchStore', { store, changes: true })
    const { topic } = await ada.ask('watch', { store, key })
    for (const one of [key, gone, other]) {
      await ada.ask('watch', { store, key: one })
      await bob.ask('watch', { store, key: one })
    }
    ada.cut()
    for (const one of [key, gone, other]) await notes.mutate(one, write('x'))
    await notes.remove(gone)
    await settle()
    const before = endpoint.stats().historyBytes

    // Who is there hears it all, and leaves; who is away comes back to some of it.
    bob.connection.disconnected(1000)
    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()
    const between = endpoint.stats().historyBytes
    back.connection.disconnected(1000)

    expect(before).toBeGreaterThan(between)
    expect(between).toBeGreaterThan(0)
    expect(endpoint.stats()).toMatchObject({ historyBytes: 0, topics: 0 })
  })

  it('tells of an entry that went away meanwhile, and of no other by the same key', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    await notes.mutate(key, write('2'))
    await notes.remove(key)
    notes.create(key, value)

    const back = await connect('ada', whereItWas(ada, [topic]))
    await notes.mutate(key, write('x'))
    await settle()
    const watched = await back.ask('watch', { store, key })

    expect(back.updates(topic)).toMatchObject([
      { type: 'mutate', version: 2 },
      { type: 'remove', reason: 'removed' },
    ])
    expect(watched.topic).not.toBe(topic)
  })

  it('tells all that was missed of an entry that went away, though others heard it all and are done with it', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic } = await ada.ask('watch', { store, key })
    await bob.ask('watch', { store, key })
    ada.cut()
    await notes.mutate(key, write('2'))
    await notes.remove(key)
    await settle()

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(back.updates(topic)).toMatchObject([{ type: 'mutate', version: 2 }, { type: 'remove' }])
    expect(endpoint.stats().historyBytes).toBe(0)
  })

  it('tells the last state of an entry that changed too often and went away, and then that it did', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    for (let version = 2; version <= 70; version++) await notes.mutate(key, write(String(version)))
    await notes.remove(key)

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(back.updates(topic)).toMatchObject([
      { type: 'snapshot', entry: { version: 70 } },
      { type: 'remove', version: 70 },
    ])
    expect(back.frames.flatMap((frame) => (frame.type === 'update' ? [frame.seq] : []))).toEqual([70, 71])
  })

  it('tells the last states of entries that went away meanwhile as fast as they are read, each before its removal', async () => {
    const { connect, notes, endpoint } = memoryServer({ budgetBytes: 2_000, capBytes: 8_000 })
    const keys = Array.from({ length: 20 }, () => notes.init(value))
    const ada = await connect('ada')
    const topics: number[] = []
    for (const key of keys) topics.push((await ada.ask('watch', { store, key })).topic)
    ada.cut()
    for (const key of keys) {
      for (let change = 0; change < 65; change++) await notes.mutate(key, write('x'.repeat(600)))
      await notes.remove(key)
    }

    const back = await connect('ada', whereItWas(ada, topics))
    await back.next(
      ({ type, ...frame }) => type === 'update' && 'topic' in frame && frame.topic === topics.at(-1),
    )
    await settle()

    expect(back.transport.goodbye).toBeUndefined()
    for (const topic of topics) {
      expect(back.updates(topic)).toMatchObject([
        { type: 'snapshot', reason: 'history', entry: { version: 66 } },
        { type: 'remove', version: 66 },
      ])
    }
    expect(endpoint.stats()).toMatchObject({ subscriptions: 0, historyBytes: 0 })
  })

  it('tells the last state of an entry that goes away before there was room for it', async () => {
    const { notes, endpoint, gone, topic, back } = await backWithoutRoom()
    await notes.mutate(gone, write('71'))
    await notes.remove(gone)
    back.transport.resume()
    await settle()

    expect(back.updates(topic)).toMatchObject([
      { type: 'snapshot', reason: 'history', entry: { version: 71 } },
      { type: 'remove', version: 71 },
    ])
    expect(endpoint.stats().subscriptions).toBe(1)
  })

  it('says how much was missed of an entry that goes away before there was room, and whose last state cannot be encoded', async () => {
    const { notes, gone, topic, back } = await backWithoutRoom()
    await notes.assign(gone, { text: 1n as never, author: 'ada' })
    await notes.remove(gone)
    back.transport.resume()
    await settle()

    expect(back.updates(topic)).toMatchObject([
      { type: 'lagged', missed: 70, entry: null },
      { type: 'remove', version: 71 },
    ])
  })

  it('says how much was missed of an entry that went away and whose last state cannot be encoded', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    for (let version = 2; version <= 70; version++) await notes.mutate(key, write(String(version)))
    await notes.assign(key, { text: 1n as never, author: 'ada' })
    await notes.remove(key)

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(back.updates(topic)).toMatchObject([
      { type: 'lagged', missed: 70, entry: null },
      { type: 'remove', version: 71 },
    ])
  })

  it('goes on though what there is cannot be encoded, and tells the next state that can', async () => {
    const { connect, notes, errors } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    // Nothing but the types keeps a server from storing what JSON cannot hold.
    await notes.assign(key, { text: 1n as unknown as string, author: '' })

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()
    await notes.assign(key, value)
    await settle()

    expect(back.welcome.topics).toEqual([topic])
    expect(back.updates(topic)).toMatchObject([{ type: 'lagged', entry: { version: 3, value } }])
    expect(errors.length).toBeGreaterThan(0)
  })

  it('takes a position that was never told for what it is', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()

    const back = await connect('ada', { session: ada.welcome.session, positions: [{ topic, seq: 9 }] })
    await settle()

    expect(back.updates(topic)).toMatchObject([{ type: 'snapshot', reason: 'unknown' }])
  })

  it('tells nothing of what came before its subscriptions, wherever it says that it was', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const [ada, eve] = [await connect('ada'), await connect('eve')]
    const before = [
      await ada.ask('watch', { store, key }),
      await ada.ask('watchStore', { store, changes: true }),
    ]
    await ada.ask('broadcast', { store, key, message: { type: 'typing' } })
    await notes.mutate(key, write('draft'))
    await notes.mutate(key, write('public'))
    await eve.ask('watch', { store, key })
    await eve.ask('watchStore', { store, changes: true })
    eve.cut()

    const positions = before.map(({ topic, seq }) => ({ topic, seq }))
    const back = await connect('eve', { session: eve.welcome.session, positions })
    await settle()

    expect(back.welcome).toMatchObject({ resumed: true, topics: [before[0]?.topic] })
    expect(back.frames.slice(1)).toMatchObject([
      { type: 'update', update: { type: 'snapshot', entry: { value: { text: 'public' } } } },
    ])
  })

  it('ends the subscriptions and releases the locks that the client does not name', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const [watched, held, forgotten] = [notes.init(value), notes.init(value), notes.init(value)]
    const ada = await connect('ada')
    await ada.ask('watch', { store, key: watched })
    const { token } = await ada.ask('acquire', { store, key: held })
    await ada.ask('acquire', { store, key: forgotten })
    ada.cut()

    const locks = [{ store, key: held, token }]
    const back = await connect('ada', { session: ada.welcome.session, locks })

    expect(back.welcome).toMatchObject({ resumed: true, topics: [], locks })
    expect(endpoint.topics.size).toBe(0)
    expect(notes.tryAcquire(forgotten)).toBeDefined()
    expect(await back.ask('mutate', { store, key: held, token, mutation: write('mine') })).toMatchObject({
      version: 2,
    })
  })

  it('keeps its locks until its grace or their lease is over', async () => {
    const { connect, notes, clock } = memoryServer({ limits: { leaseMs: 600_000 } })
    const [long, short] = [notes.init(value), notes.init(value)]
    const ada = await connect('ada')
    await ada.ask('acquire', { store, key: long })
    await ada.ask('acquire', { store, key: short, leaseMs: 1_000 })
    ada.cut()

    clock.advance(1_000)
    expect(notes.tryAcquire(short)).toBeDefined()
    clock.advance(118_999)
    expect(notes.tryAcquire(long)).toBeUndefined()
    clock.advance(1)
    await settle()

    expect(notes.tryAcquire(long)).toBeDefined()
  })

  it('is over after its grace, and leaves no timer and no watch behind', async () => {
    const { connect, notes, clock, endpoint } = memoryServer()
    const key = notes.init(value)
    const before = clock.pending
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()
    expect(endpoint.topics.size).toBe(1)

    clock.advance(120_000)
    expect(clock.pending).toBe(before)
    expect([...endpoint.sessions]).toEqual([])
    expect(endpoint.topics.size).toBe(0)
    const back = await connect('ada', whereItWas(ada, [topic]))

    expect(back.welcome).toMatchObject({ resumed: false, topics: [], locks: [] })
    expect(back.welcome.session).not.toBe(ada.welcome.session)
  })

  it('is not given to another user, who learns nothing about it', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })
    ada.cut()

    const mallory = await connect('mallory', whereItWas(ada, [topic]))
    const back = await connect('ada', whereItWas(ada, [topic]))

    expect(mallory.welcome).toMatchObject({ resumed: false, user: 'mallory', topics: [] })
    expect(back.welcome).toMatchObject({ resumed: true, topics: [topic] })
    expect([...endpoint.sessions]).toHaveLength(2)
  })

  it('is taken over by the newer of two connections', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store, key })

    const newer = await connect('ada', whereItWas(ada, [topic]))
    await notes.mutate(key, write('2'))
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4508)
    expect(ada.updates(topic)).toEqual([])
    expect(newer.updates(topic)).toMatchObject([{ version: 2 }])
  })

  it('is not taken over by a hello that comes later than one that was sent after it', async () => {
    const { connect, endpoint, notes } = memoryServer()
    const key = notes.init(value)
    const first = await connect('ada')
    const { session } = first.welcome
    const newest = await connect('ada', { session, attempt: 3 })
    const { token } = await newest.ask('acquire', { store, key })

    // It is closed, and never welcomed.
    void connect('ada', { session, attempt: 2 })
    await settle()
    const renewed = await newest.request('renew', { store, key, token })

    expect(endpoint.stats()).toMatchObject({ sessions: 1, closed: { 4508: 2 } })
    expect(newest.transport.goodbye).toBeUndefined()
    expect(renewed).toMatchObject({ type: 'answer' })
  })

  it.each([1000, 1001])('ends at once when its client says goodbye with %i', async (code) => {
    const { connect, notes, endpoint } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    await ada.ask('acquire', { store, key })

    ada.connection.disconnected(code)
    await settle()

    expect([...endpoint.sessions]).toEqual([])
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('ends at once when its connection is closed for good', async () => {
    const { connect, endpoint } = memoryServer()
    const ada = await connect('ada')

    ada.send({ type: 'hello', client: 'test' })

    expect(ada.transport.goodbye?.code).toBe(4507)
    expect([...endpoint.sessions]).toEqual([])
  })

  it('ends when too many others wait for their clients since', async () => {
    const { connect, endpoint } = memoryServer({ restingSessions: 2 })
    const clients = []
    for (const user of ['ada', 'bob', 'cy']) clients.push(await connect(user))

    for (const client of clients) client.cut()

    const left = clients.slice(1).map((client) => client.welcome.session)
    expect([...endpoint.sessions].map(({ id }) => id)).toEqual(left)
    expect(endpoint.sessions.restingCount).toBe(2)
  })

  it('answers nothing in a later connection that was asked in an earlier one', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const ada = await connect('ada')
    const guard = notes.tryAcquire(key)
    ada.post('mutate', { store, key, mutation: write('a') })
    ada.post('acquire', { store, key })
    await settle()
    ada.cut()

    const back = await connect('ada', { session: ada.welcome.session })
    guard?.release()
    await settle()

    expect(back.frames.map(({ type }) => type)).toEqual(['welcome'])
    expect(notes.fetch(key)?.version).toBe(2)
    expect(notes.tryAcquire(key)).toBeDefined()
  })
})

describe('a listing', () => {
  it('goes on with the session, and tells exactly what was missed', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store })
    const key = notes.init(value)
    await settle()
    ada.cut()
    await notes.remove(key)
    const other = notes.init(value)

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(back.welcome.topics).toEqual([topic])
    expect(back.updates(topic)).toMatchObject([
      { type: 'remove', key },
      { type: 'create', key: other },
    ])
  })

  it('is asked for again where more was missed than is remembered', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store })
    ada.cut()
    for (let entry = 0; entry < 65; entry++) notes.init(value)

    const back = await connect('ada', whereItWas(ada, [topic]))
    const listed = await back.ask('watchStore', { store })

    expect(back.welcome).toMatchObject({ resumed: true, topics: [] })
    expect(listed.entries).toHaveLength(65)
  })
})

describe('a session that comes back without a lock', () => {
  it('misses nothing of what those who waited for the lock do then', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic } = await ada.ask('watchStore', { store, changes: true })
    await ada.ask('acquire', { store, key })
    // More than is remembered, all of it when the lock is released.
    for (let at = 0; at < 70; at++) bob.post('mutate', { store, key, mutation: write(String(at)) })
    await settle()
    ada.cut()

    const back = await connect('ada', whereItWas(ada, [topic]))
    await settle()

    expect(notes.fetch(key)?.version).toBe(71)
    expect(back.welcome).toMatchObject({ resumed: true, topics: [], locks: [] })
  })
})

describe('watch with from', () => {
  it('tells exactly what was missed since that version', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    await bob.ask('watch', { store, key })
    for (const text of ['2', '3', '4']) await notes.mutate(key, write(text))
    const { epoch = 0 } = notes.fetch(key) ?? {}

    const { topic, entry } = await ada.ask('watch', { store, key, from: { epoch, version: 2 } })
    await notes.mutate(key, write('5'))
    await settle()

    expect(entry).toBeNull()
    expect(versions(ada.updates(topic))).toEqual([3, 4, 5])
  })

  it('tells nothing where nothing was missed, and who holds the entry', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const { epoch = 0 } = notes.fetch(key) ?? {}
    notes.tryAcquire(key, { holder: 'bob' })
    const ada = await connect('ada')

    const { topic, ...answer } = await ada.ask('watch', { store, key, from: { epoch, version: 1 } })
    await settle()

    expect(answer).toMatchObject({ entry: null, lock: { holder: 'bob' } })
    expect(ada.updates(topic)).toEqual([])
  })

  it.each([
    ['history', 0, 1],
    ['incarnation', -1, 1],
    ['unknown', 0, 9],
  ])('starts again with one snapshot, for the reason %s', async (reason, earlier, version) => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    await notes.mutate(key, write('2'))
    const epoch = (notes.fetch(key)?.epoch ?? 0) + earlier
    const ada = await connect('ada')

    const { topic, entry } = await ada.ask('watch', { store, key, from: { epoch, version } })
    await notes.mutate(key, write('3'))
    await settle()

    expect(entry).toBeNull()
    expect(ada.updates(topic)).toMatchObject([
      { type: 'snapshot', reason, entry: { version: 2 } },
      { type: 'mutate', version: 3 },
    ])
  })
})

describe('watch with from, of what is not remembered', () => {
  it('starts again for a client that comes back and has read the answer, and not the snapshot', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const { epoch = 0 } = notes.fetch(key) ?? {}
    const ada = await connect('ada')
    const { topic, seq } = await ada.ask('watch', { store, key, from: { epoch: epoch - 1, version: 1 } })
    ada.cut()
    await notes.mutate(key, write('2'))

    const back = await connect('ada', { session: ada.welcome.session, positions: [{ topic, seq }] })
    await settle()

    expect(back.updates(topic)).toMatchObject([{ type: 'snapshot', entry: { version: 2 } }])
  })
})

describe('watch as mutation', () => {
  it('tells the mutation, its version and its time, and not the value', async () => {
    const { connect, notes, clock } = memoryServer()
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const mine = await ada.ask('watch', { store, key, as: 'mutation' })
    const theirs = await bob.ask('watch', { store, key })

    clock.advance(5)
    await notes.mutate(key, write('2'))
    await notes.assign(key, { text: 'x', author: 'x' })
    await settle()

    const changedAt = clock.now()
    expect(mine.topic).not.toBe(theirs.topic)
    expect(ada.updates(mine.topic)).toEqual([
      expect.objectContaining({ type: 'mutation', mutation: write('2'), version: 2, changedAt }),
      expect.objectContaining({ type: 'overwrite', value: { text: 'x', author: 'x' }, version: 3 }),
    ])
    expect(ada.updates(mine.topic)[0]).not.toHaveProperty('value')
    expect(bob.updates(theirs.topic)[0]).toMatchObject({ type: 'mutate', value: { text: '2' } })
  })

  it('shares the watch of the store, and both end with the last subscriber', async () => {
    const notes = createStore(note)
    const { connect, endpoint } = memoryServer({ stores: [notes] })
    const key = notes.init(value)
    const ada = await connect('ada')
    const forms = [
      await ada.ask('watch', { store, key, as: 'mutation' }),
      await ada.ask('watch', { store, key, as: 'value' }),
    ]

    expect(endpoint.topics.size).toBe(1)
    for (const { topic } of forms) await ada.ask('unwatch', { topic })

    expect(endpoint.topics.size).toBe(0)
  })
})
