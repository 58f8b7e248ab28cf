import { createKey } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { memoryServer, settle } from './memory-server.ts'

const store = 'note'
const by = (author: string, text = 'hello'): { text: string; author: string } => ({ text, author })

describe('a listing', () => {
  it('holds every entry, and tells what is created and removed from then on', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const first = notes.init(by('ada'))

    const { topic, entries } = await ada.ask('watchStore', { store })
    const second = notes.init(by('bob'))
    await notes.mutate(first, { type: 'write', text: 'x', author: 'a' })
    await notes.remove(first)
    await settle()

    expect(entries).toMatchObject([{ key: first, version: 1 }])
    expect(ada.updates(topic)).toMatchObject([
      { type: 'create', key: second, version: 1, value: by('bob') },
      { type: 'remove', key: first, version: 2 },
    ])
  })

  it('tells changes too when they are asked for, but no messages and no locks', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(by('ada'))

    const { topic } = await ada.ask('watchStore', { store, changes: true })
    await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })
    await notes.assign(key, by('bob'))
    notes.broadcast(key, { type: 'typing', who: 'a' })
    notes.tryAcquire(key)?.release()
    await settle()

    expect(ada.updates(topic)).toMatchObject([
      { type: 'mutate', key, version: 2 },
      { type: 'overwrite', key, version: 3 },
    ])
  })

  it('hears no message that rides on a change or a removal', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(by('ada'))
    const { topic } = await ada.ask('watchStore', { store, changes: true })
    const message = { type: 'typing', who: 'a' } as const

    await notes.assign(key, by('bob'), { message })
    await notes.remove(key, { message })
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'overwrite' }, { type: 'remove' }])
    expect(JSON.stringify(ada.frames)).not.toContain('typing')
  })

  it('asks the application nothing more once it has ended', async () => {
    const asked: unknown[] = []
    let decide = (): void => undefined
    const { connect, notes } = memoryServer({
      authorize: ({ key }) => {
        if (key === undefined) return true
        asked.push(key)
        return new Promise((resolve) => (decide = () => resolve(true)))
      },
    })
    const ada = await connect('ada')
    notes.init(by('ada'))
    notes.init(by('bob'))
    ada.post('watchStore', { store })
    await settle()

    await ada.ask('unwatch', { topic: 1 })
    decide()
    await settle()

    expect(asked).toHaveLength(1)
  })

  it('holds and tells only what the user may see', async () => {
    const { connect, notes } = memoryServer({
      authorize: ({ action, key, user }) =>
        action !== 'watchStore' || key === undefined || notes.fetch(key)?.value.author === user,
    })
    const ada = await connect('ada')
    const own = notes.init(by('ada'))
    const foreign = notes.init(by('bob'))

    const { topic, entries } = await ada.ask('watchStore', { store })
    const later = notes.init(by('ada'))
    notes.init(by('bob'))
    await notes.remove(own)
    await notes.remove(foreign)
    await settle()

    expect(entries.map(({ key }) => key)).toEqual([own])
    expect(ada.updates(topic)).toMatchObject([
      { type: 'create', key: later },
      { type: 'remove', key: own },
    ])
  })

  it.each(['no', Promise.resolve('no'), 1])('shows an entry for nothing but true: %s', async (answer) => {
    const { connect, notes } = memoryServer({
      authorize: ({ key }) => (key === undefined ? true : (answer as never)),
    })
    const ada = await connect('ada')
    notes.init(by('ada'))

    const { topic, entries } = await ada.ask('watchStore', { store })
    notes.init(by('bob'))
    await settle()

    expect(entries).toEqual([])
    expect(ada.updates(topic)).toEqual([])
  })

  it('keeps the order, and neither loses nor repeats anything, while the application makes up its mind', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const decide = async (): Promise<void> => {
      for (let verdict = verdicts.shift(); verdict; verdict = verdicts.shift()) {
        verdict()
        await settle()
      }
      await settle()
    }
    const ada = await connect('ada')
    const [first, second] = [notes.init(by('ada')), notes.init(by('ada'))]
    const listing = ada.post('watchStore', { store, changes: true })
    await settle()

    await notes.mutate(first, { type: 'write', text: 'while listing', author: 'a' })
    await notes.remove(second)
    const third = notes.init(by('bob'))
    await decide()
    await notes.mutate(third, { type: 'write', text: 'after', author: 'a' })
    await decide()

    const answer = await ada.settled(listing)
    const topic = answer.type === 'answer' && 'topic' in answer.result ? Number(answer.result.topic) : 0
    const state = new Map<string, number>()
    const gaps: unknown[] = []
    // As a client puts it together: what was listed, and then every update in order.
    const entries = answer.type === 'answer' && 'entries' in answer.result ? answer.result.entries : []
    for (const { key, version } of entries as { key: string; version: number }[]) state.set(key, version)
    for (const update of ada.updates(topic)) {
      if (update.type === 'remove') state.delete(update.key)
      else if ('value' in update) {
        if (state.has(update.key) && state.get(update.key) !== update.version - 1) gaps.push(update)
        state.set(update.key, update.version)
      }
    }
    expect(gaps).toEqual([])
    expect(state).toEqual(
      new Map([
        [first, 2],
        [third, 2],
      ]),
    )
  })

  it('numbers its answer before what it held back meanwhile, so that nobody takes that for old', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const ada = await connect('ada')
    const [first] = [notes.init(by('ada')), notes.init(by('ada'))]
    const listing = ada.post('watchStore', { store, changes: true })
    await settle()

    verdicts.shift()?.()
    await settle()
    await notes.mutate(first, { type: 'write', text: 'read already', author: 'a' })
    for (let round = 0; round < 5; round++) {
      for (const decide of verdicts.splice(0)) decide()
      await settle()
    }

    const answer = await ada.settled(listing)
    if (answer.type !== 'answer') throw new Error('no answer')
    const { topic, seq } = answer.result as { topic: number; seq: number }
    const told = ada.frames.flatMap((frame) =>
      frame.type === 'update' && frame.topic === topic ? [frame.seq] : [],
    )
    expect(told).toEqual([seq + 1])
  })

  it('follows a key through its incarnations while it is gathered', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const ada = await connect('ada')
    const [first, second] = [notes.init(by('ada')), notes.init(by('ada'))]
    const listing = ada.post('watchStore', { store })
    await settle()

    // One of them has been read by now, and the other has not.
    for (const key of [first, second]) {
      await notes.remove(key)
      notes.create(key, by('ada', 'again'))
    }
    for (let round = 0; round < 10; round++) {
      for (const decide of verdicts.splice(0)) decide()
      await settle()
    }

    const answer = await ada.settled(listing)
    const known = new Map<string, number>()
    if (answer.type !== 'answer') throw new Error('no answer')
    // Only `watchStore` was asked for.
    const { topic, entries } = answer.result as { topic: number; entries: { key: string; epoch: number }[] }
    for (const { key, epoch } of entries) known.set(key, epoch)
    for (const update of ada.updates(topic)) {
      if (update.type === 'create') known.set(update.key, update.epoch)
      if (update.type === 'remove') known.delete(update.key)
    }
    expect(known).toEqual(new Map([first, second].map((key) => [key, notes.fetch(key)?.epoch])))
  })

  it('tells of an entry that comes anew under the key of one that might not be seen', async () => {
    let hidden: string | undefined
    const questions: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) => {
        const verdict = key !== hidden
        return key === undefined || new Promise((resolve) => questions.push(() => resolve(verdict)))
      },
    })
    const ada = await connect('ada')
    const keys = [notes.init(by('ada')), notes.init(by('ada'))]
    const first = [...notes.keys()][0] ?? ''
    hidden = first
    const listing = ada.post('watchStore', { store })
    await settle()
    questions.shift()?.()
    await settle()

    await notes.remove(first)
    hidden = undefined
    notes.create(first, by('bob'))
    while (questions.length > 0) {
      questions.shift()?.()
      await settle()
    }

    expect(await ada.settled(listing)).toMatchObject({
      result: { entries: [{ key: keys.find((key) => key !== first) }] },
    })
    expect(ada.frames.slice(2)).toMatchObject([
      { type: 'update', update: { type: 'create', key: first, value: by('bob') } },
    ])
  })

  it('tells nothing of an entry that came and went before it was read, though it changed meanwhile', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const ada = await connect('ada')
    for (let entry = 0; entry < 2; entry++) notes.init(by('ada'))
    // As they are gathered.
    const [, second = ''] = notes.keys()
    const listing = ada.post('watchStore', { store, changes: true })
    await settle()

    await notes.mutate(second, { type: 'write', text: 'x', author: 'ada' })
    await notes.remove(second)
    notes.create(second, by('ada', 'again'))
    await notes.mutate(second, { type: 'write', text: 'y', author: 'ada' })
    await notes.remove(second)
    for (let round = 0; round < 10; round++) {
      for (const decide of verdicts.splice(0)) decide()
      await settle()
    }

    const answer = await ada.settled(listing)
    if (answer.type !== 'answer') throw new Error('no answer')
    // Only `watchStore` was asked for.
    const { topic, entries } = answer.result as { topic: number; entries: unknown[] }
    expect(entries).toHaveLength(1)
    expect(ada.updates(topic)).toMatchObject([
      { type: 'create', key: second },
      { type: 'mutate', key: second, value: { text: 'y' } },
      { type: 'remove', key: second },
    ])
  })

  it('that goes on tells nothing that its answer said already, though it told something older after it', async () => {
    const verdicts: (() => void)[] = []
    let hesitates = true
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined ||
        !hesitates ||
        new Promise((resolve) => {
          verdicts.push(() => resolve(true))
        }),
    })
    const ada = await connect('ada')
    // They are read in this order, by their first digits.
    const [first, second] = ['0', 'f'].map((digit) => `${digit}b6ddf6e-63c7-4b0c-9b37-6a1b7a4f0f51`)
    if (first === undefined || second === undefined) throw new Error('there are two')
    for (const key of [first, second]) notes.create(key, by('ada'))
    const listing = ada.post('watchStore', { store, changes: true })
    await settle()
    await notes.mutate(first, { type: 'write', text: 'read already', author: 'a' })
    await notes.mutate(second, { type: 'write', text: 'not read yet', author: 'a' })
    hesitates = false
    for (const decide of verdicts.splice(0)) decide()
    await settle()
    const answer = await ada.settled(listing)
    if (answer.type !== 'answer') throw new Error('no answer')
    const { topic, seq } = answer.result as { topic: number; seq: number }
    const told = ada.updates(topic)
    const { session } = ada.welcome

    ada.cut()
    const back = await connect('ada', { session, positions: [{ topic, seq: seq + told.length }] })
    await settle()

    expect(answer.result).toMatchObject({
      entries: [
        { key: first, version: 1 },
        { key: second, version: 2 },
      ],
    })
    expect(told).toMatchObject([{ type: 'mutate', key: first, version: 2 }])
    expect([back.welcome.topics, back.updates(topic)]).toEqual([[topic], []])
  })

  it('that is asked for again tells nothing that its new answer says already', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store })
    const key = notes.init(by('ada'))
    await settle()
    const again = ada.post('watchStore', { store })
    await settle()

    // First the verdict that the second listing waits for, and then that of the update.
    for (const decide of [...verdicts].reverse()) {
      decide()
      await settle()
    }

    expect(await ada.settled(again)).toMatchObject({ result: { topic, entries: [{ key }] } })
    expect(ada.updates(topic)).toEqual([])
  })

  it('says that it lags, after the answer, when more happened meanwhile than could be held', async () => {
    let decide = (): void => undefined
    const { connect, notes } = memoryServer({
      authorize: ({ key }) => key === undefined || new Promise((resolve) => (decide = () => resolve(true))),
    })
    const ada = await connect('ada')
    const key = notes.init(by('ada'))
    const listing = ada.post('watchStore', { store, changes: true })
    await settle()

    for (let turn = 0; turn < 1_500; turn++)
      await notes.mutate(key, { type: 'write', text: 'x', author: 'a' })
    await settle()
    decide()
    await ada.next((frame) => frame.type === 'update' && frame.update.type === 'lagged')

    expect(ada.frames.slice(1, 3)).toMatchObject([
      { type: 'answer', id: listing },
      { type: 'update', update: { type: 'lagged', missed: 1_500, entry: null } },
    ])
  })

  it('holds back no more than fits a connection, while it is gathered and while the application makes up its mind', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      budgetBytes: 2_000,
      authorize: ({ key }) =>
        key === undefined || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const writeTenTimes = async (key: string): Promise<void> => {
      for (let turn = 0; turn < 10; turn++)
        await notes.mutate(key, { type: 'write', text: 'x'.repeat(900), author: 'a' })
      await settle()
      for (const decide of verdicts.splice(0)) decide()
      await settle()
    }
    const ada = await connect('ada')
    const listed = notes.init(by('ada'))
    const listing = ada.post('watchStore', { store, changes: true })
    await settle()
    await writeTenTimes(listed)
    const created = notes.init(by('ada'))
    await writeTenTimes(created)

    expect(ada.frames.slice(1)).toMatchObject([
      { type: 'answer', id: listing, result: { seq: 10 } },
      { type: 'update', seq: 11, update: { type: 'lagged', missed: 10 } },
      // By a number that its client has not read, though some of what waited came before.
      { type: 'update', seq: 22, update: { type: 'lagged', missed: 11 } },
    ])
  })

  it('says that it lags before what it still holds back, so that nobody takes that for old', async () => {
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      budgetBytes: 500,
      authorize: ({ key }) => key !== slow || new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    const slow = createKey()
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store })
    ada.transport.pause()
    for (let entry = 0; entry < 10; entry++) {
      notes.init(by('ada', 'x'.repeat(200)))
      await settle()
    }

    notes.create(slow, by('ada'))
    await settle()
    ada.transport.resume()
    await settle()
    for (const decide of verdicts.splice(0)) decide()
    await settle()

    const told = ada.frames.flatMap((frame) =>
      frame.type === 'update' && frame.topic === topic ? [frame] : [],
    )
    expect(told.slice(-2)).toMatchObject([
      { update: { type: 'lagged' } },
      { update: { type: 'create', key: slow } },
    ])
    expect(told.map(({ seq }) => seq)).toEqual([...new Set(told.map(({ seq }) => seq))])
  })

  it('forgets what the application said about an entry with the entry, even if its removal was left out', async () => {
    const asked: string[] = []
    const verdicts: (() => void)[] = []
    const { connect, notes } = memoryServer({
      authorize: ({ key }) => {
        if (key === undefined) return true
        asked.push(key)
        return key !== slow || new Promise((resolve) => verdicts.push(() => resolve(true)))
      },
    })
    let slow = ''
    const ada = await connect('ada')
    const key = notes.init(by('ada'))
    await ada.ask('watchStore', { store, changes: true })
    slow = createKey()
    notes.create(slow, by('ada'))
    for (let turn = 0; turn < 1_024; turn++)
      await notes.mutate(slow, { type: 'write', text: 'x', author: 'a' })

    await notes.remove(key)
    for (const decide of verdicts) decide()
    await settle()
    notes.create(key, by('bob'))
    await settle()

    expect(asked.filter((each) => each === key)).toHaveLength(2)
  })

  it('is refused when it is too large', async () => {
    const { connect, notes, endpoint } = memoryServer({ limits: { listing: 2 } })
    const ada = await connect('ada')
    for (let entry = 0; entry < 3; entry++) notes.init(by('ada'))

    expect(await ada.request('watchStore', { store })).toMatchObject({ code: 'LISTING_TOO_LARGE' })
    expect(endpoint.topics.size).toBe(0)
  })

  it('is refused when more would have to be looked at than the server does, seen or not', async () => {
    let asked = 0
    const { connect, notes } = memoryServer({
      scanLimit: 10,
      authorize: ({ key }) => {
        asked++
        return key === undefined
      },
    })
    const ada = await connect('ada')
    for (let entry = 0; entry < 11; entry++) notes.init(by('ada'))

    expect(await ada.request('watchStore', { store })).toMatchObject({ code: 'LISTING_TOO_LARGE' })
    expect(asked).toBe(11)
  })

  it('is gathered once for all who ask while another is under way', async () => {
    let asked = 0
    const { connect, notes } = memoryServer({
      authorize: ({ key }) => {
        if (key !== undefined) asked++
        return new Promise((resolve) => setImmediate(() => resolve(true)))
      },
    })
    const ada = await connect('ada')
    for (let entry = 0; entry < 50; entry++) notes.init(by('ada'))

    const ids = Array.from({ length: 20 }, () => ada.post('watchStore', { store }))
    const answers = await Promise.all(ids.map((id) => ada.settled(id)))

    expect(answers.map(({ type }) => type)).toEqual(ids.map(() => 'answer'))
    expect(asked).toBe(100)
  })

  it('that is ended while it is gathered is answered all the same', async () => {
    let decide = (): void => undefined
    let isSlow = false
    const { connect, notes } = memoryServer({
      authorize: ({ key }) =>
        key === undefined || !isSlow || new Promise((resolve) => (decide = () => resolve(true))),
    })
    const ada = await connect('ada')
    notes.init(by('ada'))
    const { topic } = await ada.ask('watchStore', { store })
    isSlow = true
    const again = ada.post('watchStore', { store })
    await settle()

    await ada.ask('unwatch', { topic })
    decide()

    expect(await ada.settled(again)).toMatchObject({ code: 'CANCELLED' })
  })

  it('lets others have their turn while it is gathered from a large store', async () => {
    const { connect, notes } = memoryServer({
      authorize: ({ action, key }) => action !== 'watchStore' || key === undefined,
    })
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    for (let entry = 0; entry < 5_000; entry++) notes.init(by('ada'))

    const listing = ada.post('watchStore', { store })
    // One turn of the event loop to carry it out in, and one to write the answer.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    const isListed = ada.frames.some((frame) => frame.type === 'answer' && frame.id === listing)
    await bob.ask('init', { store, value: by('bob') })

    expect(isListed).toBe(false)
    expect(await ada.settled(listing)).toMatchObject({ type: 'answer', result: { entries: [] } })
  })

  it('tells a slow client that it lags, who lists again', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 500 })
    const slow = await connect('slow')
    const { topic } = await slow.ask('watchStore', { store })

    slow.transport.pause()
    for (let entry = 0; entry < 10; entry++) {
      notes.init(by('ada', 'x'.repeat(200)))
      await settle()
    }
    slow.transport.resume()
    await settle()
    const again = await slow.ask('watchStore', { store })

    expect(slow.updates(topic).at(-1)).toMatchObject({ type: 'lagged', missed: 9, entry: null })
    expect(again).toMatchObject({ topic })
    expect(again.entries).toHaveLength(10)
  })

  it('says that it ends when the store is closed, and is then STORE_CLOSED', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const ada = await connect('ada')
    const { topic, seq } = await ada.ask('watchStore', { store })

    await notes.close()
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'lagged', missed: 0, entry: null }])
    // Clients leave out what they have read already.
    expect(ada.frames.find((frame) => frame.type === 'update')?.seq).toBeGreaterThan(seq)
    expect(endpoint.topics.size).toBe(0)
    expect(await ada.request('unwatch', { topic })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await ada.request('watchStore', { store })).toMatchObject({ code: 'STORE_CLOSED' })
  })

  it('is STORE_CLOSED when the store is closed while it is gathered', async () => {
    let decide = (): void => undefined
    const { connect, notes, endpoint } = memoryServer({
      authorize: ({ key }) => key === undefined || new Promise((resolve) => (decide = () => resolve(true))),
    })
    const ada = await connect('ada')
    notes.init(by('ada'))
    const listing = ada.post('watchStore', { store })
    await settle()

    await notes.close()
    await settle()
    decide()

    expect(await ada.settled(listing)).toMatchObject({ code: 'STORE_CLOSED' })
    expect(endpoint.topics.size).toBe(0)
  })

  it('ends with unwatch, and its topic with the last of them', async () => {
    const { connect, notes, endpoint } = memoryServer()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const { topic } = await ada.ask('watchStore', { store })
    await bob.ask('watchStore', { store })

    await ada.ask('unwatch', { topic })
    notes.init(by('ada'))
    await settle()
    expect(ada.updates(topic)).toEqual([])
    expect(bob.updates(topic)).toHaveLength(1)
    bob.connection.disconnected(1000)

    expect(endpoint.topics.size).toBe(0)
  })
})
