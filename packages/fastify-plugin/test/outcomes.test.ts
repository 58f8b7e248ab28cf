import { createKey } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { memoryServer, settle } from './memory-server.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
const write = (text: string): object => ({ type: 'write', text })

describe('a request with a mid', () => {
  it('that is sent again gets its first outcome, and is not run again', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)

    const first = await ada.ask('mutate', { store, key, mutation: write('a'), mid: 1 })
    const again = await ada.ask('mutate', { store, key, mutation: write('a'), mid: 1 })

    expect(again).toEqual(first)
    expect(notes.fetch(key)?.version).toBe(2)
  })

  it('may ask for any change, or to broadcast', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const [there, gone] = [notes.init(value), notes.init(value)]
    const created = createKey()
    const told: string[] = []
    notes.watchAll().onUpdate(({ type }) => told.push(type))
    const requests = [
      ['init', { store, value }],
      ['create', { store, key: created, value }],
      ['insert', { store, key: there, value }],
      ['assign', { store, key: there, value }],
      ['broadcast', { store, key: there, message: { type: 'typing' } }],
      ['remove', { store, key: gone }],
    ] as const

    for (const [at, [type, fields]] of requests.entries()) {
      const first = await ada.ask(type, { ...fields, mid: at + 1 })
      expect(await ada.ask(type, { ...fields, mid: at + 1 })).toEqual(first)
    }

    expect(told).toEqual(['create', 'create', 'overwrite', 'overwrite', 'message', 'remove'])
  })

  it('that was refused or failed stays so, whatever would come of it now', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const refused = { store, key, mutation: write(''), mid: 1 }
    const conflicting = { store, key, mutation: write('b'), mid: 2, ifVersion: 2 }

    await ada.request('mutate', refused)
    await ada.request('mutate', conflicting)
    await ada.ask('mutate', { store, key, mutation: write('c'), mid: 3 })

    expect(await ada.request('mutate', refused)).toMatchObject({ type: 'refused', error: 'empty' })
    expect(await ada.request('mutate', conflicting)).toMatchObject({ code: 'VERSION_CONFLICT' })
    expect(notes.fetch(key)?.value.text).toBe('c')
  })

  it('that is sent again while it waits is answered twice and run once', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)

    const ids = [1, 2].map(() => ada.post('mutate', { store, key, mutation: write('a'), mid: 1 }))
    await settle()
    guard?.release()

    for (const id of ids)
      expect(await ada.settled(id)).toMatchObject({ type: 'answer', result: { version: 2 } })
    expect(notes.fetch(key)?.version).toBe(2)
  })

  it('is carried out though its client vanished while it waited, and tells the client that comes back', async () => {
    const { connect, notes, clock } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)
    ada.post('mutate', { store, key, mutation: write('a'), mid: 1 })
    await settle()

    ada.cut()
    clock.advance(20_000)
    guard?.release()
    await settle()
    const back = await connect('ada', { session: ada.welcome.session })
    const outcome = await back.ask('mutate', { store, key, mutation: write('a'), mid: 1 })

    expect(outcome.version).toBe(2)
    expect(notes.fetch(key)).toMatchObject({ version: 2, value: { text: 'a' } })
  })

  it('is carried out though its client vanished before the application allowed it', async () => {
    let allow: ((allowed: boolean) => void) | undefined
    const { connect, notes } = memoryServer({
      authorize: ({ action }) => action !== 'mutate' || new Promise((resolve) => (allow = resolve)),
    })
    const ada = await connect('ada')
    const [key, other] = [notes.init(value), createKey()]
    ada.post('mutate', { store, key, mutation: write('a'), mid: 1 })
    ada.post('create', { store, key: other, value, mid: 2 })
    await settle()

    ada.cut()
    allow?.(true)
    await settle()
    const back = await connect('ada', { session: ada.welcome.session })
    const outcome = await back.ask('create', { store, key: other, value, mid: 2 })

    expect(notes.fetch(key)?.value.text).toBe('a')
    expect(outcome).toEqual({ existing: null })
    expect(notes.has(other)).toBe(true)
  })

  it('can be cancelled by the connection that asks for it again', async () => {
    const { connect, notes } = memoryServer()
    const ada = await connect('ada')
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)
    ada.post('mutate', { store, key, mutation: write('a'), mid: 1 })
    await settle()
    ada.cut()

    const back = await connect('ada', { session: ada.welcome.session })
    const waiting = back.post('mutate', { store, key, mutation: write('a'), mid: 1 })
    await back.ask('cancel', { request: waiting })
    guard?.release()

    expect(await back.settled(waiting)).toMatchObject({ code: 'CANCELLED' })
    expect(notes.fetch(key)?.version).toBe(1)
  })

  it('that is older than the record gets UNKNOWN_OUTCOME, and is not run', async () => {
    const { connect, notes } = memoryServer({ limits: { outcomes: 2 } })
    const ada = await connect('ada')
    const key = notes.init(value)
    for (const mid of [1, 2, 3]) await ada.ask('mutate', { store, key, mutation: write('a'), mid })

    const lost = await ada.request('mutate', { store, key, mutation: write('a'), mid: 1 })
    const known = await ada.request('mutate', { store, key, mutation: write('a'), mid: 2 })

    expect(lost).toMatchObject({ code: 'UNKNOWN_OUTCOME', retry: 'resync' })
    expect(known).toMatchObject({ type: 'answer', result: { version: 3 } })
    expect(notes.fetch(key)?.version).toBe(4)
  })

  it('gets UNKNOWN_OUTCOME, too, where its answer and newer ones are more bytes than fit a connection', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 3_000 })
    const ada = await connect('ada')
    const key = notes.init({ text: 'x'.repeat(900), author: 'ada' })
    const insert = (mid: number): Promise<unknown> =>
      ada.request('insert', { store, key, value: { text: 'y'.repeat(900), author: 'ada' }, mid })
    for (const mid of [1, 2, 3]) await insert(mid)

    expect(await insert(1)).toMatchObject({ code: 'UNKNOWN_OUTCOME' })
    expect(await insert(2)).toMatchObject({ type: 'answer', result: { old: { version: 2 } } })
    expect(notes.fetch(key)?.version).toBe(4)
  })

  it('is remembered though its answer alone is more than fits', async () => {
    const { connect, notes } = memoryServer({ budgetBytes: 2_000 })
    const ada = await connect('ada')
    const key = notes.init({ text: 'x'.repeat(3_000), author: 'ada' })

    const first = await ada.ask('remove', { store, key, mid: 1 })

    expect(await ada.ask('remove', { store, key, mid: 1 })).toEqual(first)
  })

  it('is not taken while as many as can be remembered are under way, and may come again', async () => {
    const { connect, notes } = memoryServer({ limits: { outcomes: 2 } })
    const ada = await connect('ada')
    const key = notes.init(value)
    const guard = notes.tryAcquire(key)
    for (const mid of [1, 2]) ada.post('mutate', { store, key, mutation: write('a'), mid })

    const early = await ada.request('mutate', { store, key, mutation: write('b'), mid: 3 })
    guard?.release()
    await settle()
    const later = await ada.request('mutate', { store, key, mutation: write('b'), mid: 3 })

    expect(early).toMatchObject({ code: 'TOO_MANY_PENDING', retry: 'later' })
    expect(later).toMatchObject({ type: 'answer', result: { version: 4 } })
  })

  it('means something else in another session', async () => {
    const { connect, notes } = memoryServer()
    const key = notes.init(value)
    const [ada, other] = [await connect('ada'), await connect('ada')]

    await ada.ask('mutate', { store, key, mutation: write('a'), mid: 1 })
    const outcome = await other.ask('mutate', { store, key, mutation: write('b'), mid: 1 })

    expect(outcome.version).toBe(3)
  })
})
