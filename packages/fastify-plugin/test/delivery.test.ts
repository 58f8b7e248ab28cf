import { createStore } from '@livestore-kv/actors'
import type { AnswerTo } from '@livestore-kv/core/protocol'
import { describe, expect, it } from 'vitest'
import { note } from './definitions.ts'
import type { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'
import { slowStore } from './slow-store.ts'
import { tableServer } from './table.ts'

const value = { text: 'hello', author: 'ada' }
const store = 'note'
const text = (size: number, letter = 'x'): string => letter.repeat(size)

/** A slow client that was granted a lock, and whose answer waits to be read. */
async function acquiringSlowly() {
  const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
  const slow = await connect('slow')
  const key = notes.init({ text: text(2_000), author: 'a' })
  slow.transport.pause()
  slow.post('fetch', { store, key })
  const acquiring = slow.post('acquire', { store, key })
  await settle()
  return { notes, slow, key, acquiring }
}

describe('delivery', () => {
  it('encodes an update once and hands the same bytes to every watcher', async () => {
    const { connect, notes } = memoryServer()
    const clients = [await connect('ada'), await connect('bob'), await connect('cy')]
    const key = notes.init(value)
    for (const client of clients) await client.ask('watch', { store, key })

    await notes.mutate(key, { type: 'write', text: 'x', author: 'ada' })
    await settle()

    const last = clients.map((client) => client.transport.arrived.at(-1))
    expect(clients[0]?.frames.at(-1)).toMatchObject({ type: 'update' })
    expect(new Set(last).size).toBe(1)
  })

  it('writes the frames of one tick at once', async () => {
    const { connect, notes } = memoryServer()
    const client = await connect('ada')
    const key = notes.init(value)
    await client.ask('watch', { store, key })
    const before = client.transport.writes.length

    for (let turn = 0; turn < 10; turn++)
      void notes.mutate(key, { type: 'write', text: String(turn), author: 'a' })
    await settle()

    expect(client.transport.writes.slice(before)).toEqual([10])
  })

  it('gives a subscription one number for everybody, and a new one for the next incarnation', async () => {
    const { connect, notes } = memoryServer()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const key = notes.init(value)
    const first = await ada.ask('watch', { store, key })
    const same = await bob.ask('watch', { store, key: key.toUpperCase() })

    await notes.remove(key)
    notes.create(key, value)
    const next = await ada.ask('watch', { store, key })

    expect(same.topic).toBe(first.topic)
    expect(next.topic).not.toBe(first.topic)
    expect(ada.updates(first.topic)).toMatchObject([{ type: 'remove', reason: 'removed', version: 1 }])
  })

  it('joins snapshot and updates without a gap for whoever comes later', async () => {
    const { connect, notes } = memoryServer()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const key = notes.init(value)
    await ada.ask('watch', { store, key })
    await notes.mutate(key, { type: 'write', text: 'second', author: 'a' })

    const { topic, entry } = await bob.ask('watch', { store, key })
    await notes.mutate(key, { type: 'write', text: 'third', author: 'a' })
    await settle()

    expect(entry).toMatchObject({ version: 2, value: { text: 'second' } })
    expect(bob.updates(topic)).toMatchObject([{ version: 3, value: { text: 'third' } }])
  })

  it('says in the snapshot who holds the entry and when it expires, and tells both as they change', async () => {
    const { connect, notes, clock } = memoryServer()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const key = notes.init(value)
    notes.expireIn(key, 60_000)
    const guard = notes.tryAcquire(key, { holder: 'bob', leaseMs: 1_000 })

    const { topic, lock, expiresAt } = await ada.ask('watch', { store, key })
    guard?.release()
    notes.expireIn(key, undefined)
    const later = await bob.ask('watch', { store, key })

    expect({ lock, expiresAt }).toEqual({
      lock: { holder: 'bob', expiresAt: clock.now() + 1_000 },
      expiresAt: clock.now() + 60_000,
    })
    expect(ada.updates(topic)).toMatchObject([{ type: 'unlock' }, { type: 'deadline', expiresAt: null }])
    expect(later).toMatchObject({ lock: null, expiresAt: null })
  })

  it('answers watching again with a fresh snapshot on the same topic, and tells nothing twice', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const { topic } = await ada.ask('watch', { store, key })
    await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })

    const again = await ada.ask('watch', { store, key })
    await notes.mutate(key, { type: 'write', text: 'y', author: 'a' })
    await settle()

    expect(again).toMatchObject({ topic, entry: { version: 2 } })
    expect(ada.updates(topic).map((update) => 'version' in update && update.version)).toEqual([2, 3])
  })

  it('ends with unwatch', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const { topic } = await ada.ask('watch', { store, key })

    await ada.ask('unwatch', { topic })
    await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })
    await settle()

    expect(ada.updates(topic)).toEqual([])
    expect(endpoint.topics.size).toBe(0)
    expect(await ada.request('unwatch', { topic })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('to somebody who cannot be written to harms nobody else, and the application hears of it', async () => {
    const { connect, notes, errors } = memoryServer()
    const key = notes.init(value)
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic } = await ada.ask('watch', { store, key })
    await bob.ask('watch', { store, key })
    const failure = new Error('the socket is broken')
    ada.transport.send = () => {
      throw failure
    }

    await notes.mutate(key, { type: 'write', text: '2', author: '' })
    await settle()

    expect(bob.updates(topic)).toMatchObject([{ type: 'mutate', version: 2 }])
    expect(errors).toEqual([failure])
  })

  it('of a value that JSON cannot hold harms nobody: its watchers are told that they missed it', async () => {
    const { connect, notes, errors } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const { topic } = await ada.ask('watch', { store, key })

    // Types hold it off, but a value can come from anywhere.
    await notes.assign(key, { text: 1n as never, author: 'a' })
    await settle()
    await notes.assign(key, value)
    await settle()

    const cause = { message: expect.stringContaining('BigInt') }
    expect(errors).toMatchObject([
      { message: `JSON cannot hold overwrite of entry ${key}`, cause },
      { message: `JSON cannot hold lagged of entry ${key}`, cause },
    ])
    expect(ada.transport.goodbye).toBeUndefined()
    expect(ada.updates(topic)).toMatchObject([{ type: 'lagged', missed: 2, entry: { version: 3, value } }])
  })

  it('of a removal whose message JSON cannot hold says without it that the entry is gone', async () => {
    const { connect, notes, errors } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const { topic } = await ada.ask('watch', { store, key })
    const listing = await ada.ask('watchStore', { store })

    await notes.remove(key, { message: { type: 'typing', who: 1n as never } })
    await settle()

    const removal = { type: 'remove', key, reason: 'removed' }
    expect(ada.updates(topic)).toMatchObject([removal])
    expect(ada.updates(listing.topic)).toMatchObject([removal])
    expect(errors).toMatchObject([{ message: `JSON cannot hold remove of entry ${key}` }])
  })

  it.each(['at once', 'in its time'])(
    'of a lock that cannot be encoded leaves none: from an engine that answers %s',
    async (engine) => {
      const notes = createStore(note)
      const { connect, errors } = memoryServer({ stores: [engine === 'at once' ? notes : slowStore(notes)] })
      const ada = await connect('ada')
      const key = notes.init({ text: 1n as never, author: 'a' })

      const failed = await ada.request('acquire', { store, key })

      expect(failed).toMatchObject({ code: 'INTERNAL' })
      expect(errors).toMatchObject([{ message: `JSON cannot hold answer of entry ${key}` }])
      expect(notes.tryAcquire(key)).toBeDefined()
    },
  )
})

describe('a slow client', () => {
  it('loses updates past its budget, and gets one lagged with the newest entry when it reads again', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000 })
    const [slow, quick] = [await connect('slow'), await connect('quick')]
    const key = notes.init(value)
    const { topic } = await slow.ask('watch', { store, key })
    await quick.ask('watch', { store, key })

    slow.transport.pause()
    for (let turn = 0; turn < 20; turn++) {
      await notes.mutate(key, { type: 'write', text: text(200, String(turn % 10)), author: 'a' })
      if (turn % 2 === 0) notes.broadcast(key, { type: 'typing', who: 'a' })
      await settle()
    }
    const buffered = slow.transport.bufferedAmount
    slow.transport.resume()
    await settle()
    await notes.mutate(key, { type: 'write', text: 'after', author: 'a' })
    await settle()

    const updates = slow.updates(topic)
    const lagged = updates.filter((update) => update.type === 'lagged')
    const told = updates.filter((update) => update.type !== 'lagged')
    expect(buffered).toBeLessThanOrEqual(1_000)
    expect(lagged).toMatchObject([{ entry: { version: 21 }, lock: null }])
    expect(told.length + (lagged[0]?.missed ?? 0)).toBe(31)
    expect(told.filter(({ type }) => type === 'message').length + (lagged[0]?.missedMessages ?? 0)).toBe(10)
    expect(updates.at(-1)).toMatchObject({ type: 'mutate', version: 22, value: { text: 'after' } })
    expect(quick.updates(topic)).toHaveLength(31)
  })

  it('that watches again has caught up by that, and is told no more that it lags', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 500 })
    const slow = await connect('slow')
    const key = notes.init(value)
    const { topic } = await slow.ask('watch', { store, key })

    slow.transport.pause()
    for (let turn = 0; turn < 5; turn++) {
      await notes.mutate(key, { type: 'write', text: text(200), author: 'a' })
      await settle()
    }
    const again = slow.post('watch', { store, key })
    await settle()
    slow.transport.resume()
    await settle()

    expect(await slow.settled(again)).toMatchObject({ result: { topic, entry: { version: 6 } } })
    expect(slow.updates(topic)).toMatchObject([{ type: 'mutate', version: 2 }])
  })

  it('is told of the end of an entry whatever it missed before', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 500 })
    const slow = await connect('slow')
    const key = notes.init(value)
    const { topic } = await slow.ask('watch', { store, key })

    slow.transport.pause()
    for (let turn = 0; turn < 5; turn++) {
      await notes.mutate(key, { type: 'write', text: text(200), author: 'a' })
      await settle()
    }
    await notes.remove(key)
    await settle()
    slow.transport.resume()
    await settle()

    expect(slow.updates(topic).slice(-2)).toMatchObject([
      { type: 'lagged', missed: 4, entry: null },
      { type: 'remove', version: 6, reason: 'removed' },
    ])
  })

  it('keeps its answers past the budget', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 500 })
    const slow = await connect('slow')
    const key = notes.init({ text: text(400), author: 'a' })

    slow.transport.pause()
    const ids = Array.from({ length: 4 }, () => slow.post('fetch', { store, key }))
    await settle()
    slow.transport.resume()

    for (const id of ids) expect(await slow.settled(id)).toMatchObject({ type: 'answer' })
  })

  it.each(['at once', 'in its time'])(
    'is answered as fast as it reads, and not closed, whatever it asks for: from an engine that answers %s',
    async (engine) => {
      const notes = createStore(note)
      const stores = [engine === 'at once' ? notes : slowStore(notes)]
      const { connect, endpoint } = memoryServer({ stores, budgetBytes: 1_000, capBytes: 4_000 })
      const keys = Array.from({ length: 20 }, () => notes.init({ text: text(900), author: 'a' }))
      const free = keys.map(() => notes.init({ text: text(900), author: 'a' }))
      const slow = await connect('slow')

      slow.transport.pause()
      const guards = keys.map((key) => notes.tryAcquire(key))
      const ids = keys.flatMap((key, index) => [
        slow.post('fetch', { store, key }),
        slow.post('watch', { store, key }),
        slow.post('remove', { store, key, mid: index + 1 }),
        slow.post('acquire', { store, key: free[index] ?? '' }),
      ])
      for (const guard of guards) {
        await settle()
        guard?.release()
      }
      await settle()
      const waiting = endpoint.stats().waitingBytes
      slow.transport.resume()

      for (const id of ids) expect(await slow.settled(id)).toMatchObject({ id })
      expect(waiting).toBeLessThan(2_300)
      expect(slow.transport.goodbye).toBeUndefined()
    },
  )

  it('is answered as fast as it reads, and not closed, whatever it lists, in how many forms and how often', async () => {
    const { connect, endpoint, tables } = tableServer({ budgetBytes: 1_000, capBytes: 4_000 })
    for (let round = 0; round < 10; round++) tables.init({ hands: { red: [text(200)] }, round })
    const slow = await connect('slow dealer')
    const forms = [{}, { changes: true }, { view: 'hand' }, { view: 'hand', changes: true }]

    slow.transport.pause()
    const ids = [...forms, ...forms, ...forms].map((form) =>
      slow.post('watchStore', { store: 'table', ...form }),
    )
    await settle()
    const waiting = endpoint.stats().waitingBytes
    slow.transport.resume()

    for (const id of ids) expect(await slow.settled(id)).toMatchObject({ type: 'answer' })
    // One of them.
    expect(waiting).toBeLessThan(5_000)
    expect(slow.transport.goodbye).toBeUndefined()
  })

  it('lists what it could not be answered about at once without a gap and without an overlap', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    const key = notes.init(value)
    slow.transport.pause()
    slow.post('fetch', { store, key: notes.init({ text: text(2_000), author: 'a' }) })
    await settle()

    const listings = [1, 2, 3].map(() => slow.post('watchStore', { store, changes: true }))
    for (let change = 0; change < 10; change++) {
      await settle()
      await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })
      slow.transport.read(1)
    }
    slow.transport.resume()
    for (const id of listings) expect(await slow.settled(id)).toMatchObject({ type: 'answer' })
    await notes.mutate(key, { type: 'write', text: 'y', author: 'a' })
    await settle()

    let version = 0
    const told: number[] = []
    const counted: number[] = []
    for (const frame of slow.frames) {
      if (frame.type === 'answer' && listings.includes(frame.id)) {
        const { entries } = frame.result as AnswerTo<'watchStore'>
        version = entries.find((entry) => entry.key === key)?.version ?? 0
      }
      if (frame.type !== 'update') continue
      version += frame.update.type === 'lagged' ? frame.update.missed : 1
      if (frame.update.type !== 'mutate') continue
      told.push(frame.update.version)
      counted.push(version)
    }
    expect(told).toEqual(counted)
    expect(told.at(-1)).toBe(12)
  })

  it.each(['watch', 'watchStore'] as const)(
    'hears at once that it took back a %s that waits to be answered, which leaves nothing',
    async (type) => {
      const { connect, endpoint, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
      const slow = await connect('slow')
      const key = notes.init({ text: text(2_000), author: 'a' })
      slow.transport.pause()
      for (let turn = 0; turn < 2; turn++) slow.post('fetch', { store, key })
      const watching = slow.post(type, { store, key })
      await settle()

      const cancelling = slow.post('cancel', { request: watching })
      await settle()
      // The fetch that has room already, and what was taken back; the other fetch waits.
      slow.transport.read(2)
      await settle()
      slow.transport.resume()

      expect(await slow.settled(cancelling)).toMatchObject({ result: { cancelled: true } })
      expect(await slow.settled(watching)).toMatchObject({ code: 'CANCELLED' })
      await settle()
      expect(slow.frames.map((frame) => 'id' in frame && frame.id)).toEqual([
        false,
        1_001,
        cancelling,
        watching,
        1_002,
      ])
      expect(endpoint.stats()).toMatchObject({ topics: 0, subscriptions: 0 })
    },
  )

  it('that takes back a listing is answered another one of the same that it wants', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    const key = notes.init({ text: text(2_000), author: 'a' })
    slow.transport.pause()
    slow.post('fetch', { store, key })
    const [unwanted = 0, wanted = 0] = [1, 2].map(() => slow.post('watchStore', { store, changes: true }))
    await settle()

    slow.post('cancel', { request: unwanted })
    await settle()
    slow.transport.resume()
    const listed = await slow.settled(wanted)
    await settle()
    await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })
    await settle()

    expect(await slow.settled(unwanted)).toMatchObject({ code: 'CANCELLED' })
    expect(listed).toMatchObject({ result: { entries: [{ key, version: 1 }] } })
    expect(slow.updates((listed as { result: AnswerTo<'watchStore'> }).result.topic)).toMatchObject([
      { type: 'mutate', version: 2 },
    ])
  })

  it('that takes back listing again hears on of what it listed before', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    const key = notes.init({ text: text(2_000), author: 'a' })
    const { topic } = await slow.ask('watchStore', { store, changes: true })
    slow.transport.pause()
    slow.post('fetch', { store, key })
    await settle()

    const again = slow.post('watchStore', { store, changes: true })
    await settle()
    await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })
    slow.post('cancel', { request: again })
    await settle()
    slow.transport.resume()
    await settle()
    await notes.mutate(key, { type: 'write', text: 'y', author: 'a' })
    await settle()

    expect(await slow.settled(again)).toMatchObject({ code: 'CANCELLED' })
    expect(slow.updates(topic)).toMatchObject([{ version: 2 }, { version: 3 }])
  })

  it('that goes on by another connection while it lists again hears there all that it missed', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    const { topic, seq } = await slow.ask('watchStore', { store })
    const key = notes.init({ text: text(2_000), author: 'a' })
    await settle()
    slow.transport.pause()
    slow.post('fetch', { store, key })
    slow.post('watchStore', { store })
    await settle()

    notes.init(value)
    const { session } = slow.welcome
    const back = await connect('slow', { session, positions: [{ topic, seq: seq + 1 }] })
    notes.init(value)
    await settle()

    expect(back.welcome.topics).toEqual([topic])
    expect(back.updates(topic)).toMatchObject([{ type: 'create' }, { type: 'create' }])
  })

  it('watches what it could not be answered about at once without a gap and without an overlap', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    const key = notes.init(value)
    slow.transport.pause()
    slow.post('fetch', { store, key: notes.init({ text: text(2_000), author: 'a' }) })
    await settle()

    const watching = slow.post('watch', { store, key })
    const changing = slow.post('mutate', { store, key, mutation: { type: 'write', text: 'x' } })
    await settle()
    slow.transport.resume()
    await slow.settled(watching)
    await notes.mutate(key, { type: 'write', text: 'y', author: 'a' })
    await settle()

    expect(await slow.settled(watching)).toMatchObject({ result: { topic: 1, entry: { version: 2 } } })
    expect(await slow.settled(changing)).toMatchObject({ result: { version: 2 } })
    expect(slow.updates(1)).toMatchObject([{ type: 'mutate', version: 3 }])
  })

  it('that is cut off leaves nothing of what it was not answered', async () => {
    const { connect, notes, endpoint } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    const key = notes.init({ text: text(2_000), author: 'a' })
    slow.transport.pause()
    for (const type of ['fetch', 'fetch', 'watch', 'watchStore'] as const) {
      slow.post(type, { store, key })
    }
    await settle()

    slow.cut()
    await settle()

    expect(endpoint.stats()).toMatchObject({ topics: 0, subscriptions: 0, dropped: { unanswered: 3 } })
  })

  it('is told INTERNAL where its answer could not be encoded when it had room', async () => {
    const { connect, notes, errors } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    slow.transport.pause()
    slow.post('fetch', { store, key: notes.init({ text: text(2_000), author: 'a' }) })
    const failing = slow.post('fetch', { store, key: notes.init({ text: 1n as never, author: 'a' }) })
    await settle()
    slow.transport.resume()

    expect(await slow.settled(failing)).toMatchObject({ code: 'INTERNAL' })
    expect(errors).toHaveLength(1)
  })

  it.each([
    ['is taken back', (slow: MemoryClient, acquiring: number) => slow.post('cancel', { request: acquiring })],
    ['is given up with its connection', (slow: MemoryClient) => slow.cut()],
  ])('holds no lock whose answer %s before it was read', async (_, giveUp) => {
    const { notes, slow, key, acquiring } = await acquiringSlowly()
    const meanwhile = notes.tryAcquire(key)

    giveUp(slow, acquiring)
    await settle()

    expect(meanwhile).toBeUndefined()
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('is told CANCELLED of a lock that it took back before its answer had room', async () => {
    const { slow, acquiring } = await acquiringSlowly()

    const cancelling = slow.post('cancel', { request: acquiring })
    await settle()
    slow.transport.resume()

    expect(await slow.settled(cancelling)).toMatchObject({ result: { cancelled: true } })
    expect(await slow.settled(acquiring)).toMatchObject({ code: 'CANCELLED' })
  })

  it('is not closed for a single answer that is larger than the hard cap', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 1_000, capBytes: 4_000 })
    const slow = await connect('slow')
    slow.transport.pause()
    const fetching = slow.post('fetch', { store, key: notes.init({ text: text(10_000), author: 'a' }) })
    await settle()

    slow.sendRaw('?')
    slow.transport.resume()

    expect(await slow.settled(fetching)).toMatchObject({ type: 'answer' })
    expect(await slow.next((frame) => frame.type === 'error')).toMatchObject({ code: 'BAD_FRAME' })
  })

  it('is closed with 4005 past the hard cap', async () => {
    const { connect, endpoint } = memoryServer({ budgetBytes: 500, capBytes: 2_000 })
    const slow = await connect('slow')

    slow.transport.pause()
    for (let turn = 0; turn < 50; turn++) slow.sendRaw('?')
    await settle()

    expect(slow.transport).toMatchObject({ goodbye: { code: 4005 }, terminated: true })
    expect(endpoint.connectionCount).toBe(0)
  })

  it('is closed with 4005 after 10 s in which it read nothing', async () => {
    const { connect, notes, clock } = memoryServer()
    const slow = await connect('slow')
    const key = notes.init(value)
    slow.transport.pause()
    slow.post('fetch', { store, key })
    await settle()

    clock.advance(9_999)
    expect(slow.transport.goodbye).toBeUndefined()
    clock.advance(1)

    expect(slow.transport.goodbye?.code).toBe(4005)
  })

  it('is not closed as long as it reads something', async () => {
    const { connect, notes, clock } = memoryServer()
    const slow = await connect('slow')
    const key = notes.init(value)
    slow.transport.pause()
    for (let turn = 0; turn < 3; turn++) {
      slow.post('fetch', { store, key })
      await settle()
    }

    clock.advance(6_000)
    slow.transport.read(1)
    clock.advance(6_000)
    slow.transport.read(1)
    clock.advance(6_000)

    expect(slow.transport.goodbye).toBeUndefined()
  })

  it('that reads a little at a time is not taken for one that reads nothing, however much waits for it', async () => {
    const { connect, notes, clock } = memoryServer()
    const slow = await connect('slow')
    const key = notes.init(value)
    const { topic } = await slow.ask('watch', { store, key })
    slow.transport.pause()
    for (let turn = 0; turn < 40; turn++) {
      await notes.mutate(key, { type: 'write', text: text(10_000), author: 'a' })
      await settle()
    }

    let reads = 0
    for (; slow.transport.bufferedAmount > 0; reads++) {
      expect(slow.transport.bufferedAmount).toBeLessThanOrEqual(65_536)
      slow.send({ type: 'pong' })
      clock.advance(9_000)
      slow.transport.read(1)
      await settle()
    }

    expect(reads).toBeGreaterThan(5)
    expect(slow.transport.goodbye).toBeUndefined()
    expect(slow.updates(topic).map((update) => 'version' in update && update.version)).toEqual(
      Array.from({ length: 40 }, (_, at) => at + 2),
    )
  })

  it('is given all that waits for it before the goodbye', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const slow = await connect('slow')
    const key = notes.init(value)
    const { topic } = await slow.ask('watch', { store, key })
    slow.transport.pause()
    for (let turn = 0; turn < 3; turn++) {
      await notes.mutate(key, { type: 'write', text: text(10_000), author: 'a' })
      await settle()
    }

    endpoint.close()
    slow.transport.resume()

    expect(slow.transport.goodbye?.code).toBe(1012)
    expect(slow.updates(topic)).toHaveLength(3)
  })

  it('does not slow down anybody who changes what it watches', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 100 })
    const slow = await connect('slow')
    const key = notes.init(value)
    await slow.ask('watch', { store, key })
    slow.transport.pause()

    for (let turn = 0; turn < 1_000; turn++)
      await notes.mutate(key, { type: 'write', text: text(100), author: 'a' })

    expect(notes.fetch(key)?.version).toBe(1_001)
    expect(slow.transport.bufferedAmount).toBeLessThan(1_000)
  })
})
