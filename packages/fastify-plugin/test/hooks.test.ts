import { createStore } from '@livestore-kv/actors'
import { defineValue, ok } from '@livestore-kv/core'
import type { Awaitable } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { HookBound } from '../src/hook-bound.ts'
import { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
const write = (text: string) => ({ type: 'write', text, author: '' }) as const

/** Answers when it is told to. */
class Hung<T> {
  readonly answers: ((answer: T) => void)[] = []
  readonly ask = (): Promise<T> => new Promise((resolve) => this.answers.push(resolve))

  answer(answer: T): void {
    for (const resolve of this.answers.splice(0)) resolve(answer)
  }
}

interface DraftTypes {
  name: 'draft'
  value: number
  mutation: { type: 'set'; to: number }
  message: never
  error: never
}

/** A kind whose schema says of a mutation what `validate` does. */
function draftOf(validate: (mutation: DraftTypes['mutation']) => Awaitable<DraftTypes['mutation']>) {
  return defineValue<DraftTypes>({
    name: 'draft',
    revision: '1',
    mutations: { set: (_, { to }) => ok(to) },
    schema: {
      mutation: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (sent) => {
            const accepted = validate(sent as DraftTypes['mutation'])
            return accepted instanceof Promise ? accepted.then((value) => ({ value })) : { value: accepted }
          },
        },
      },
    },
  })
}

describe('a function of the application that does not answer', () => {
  it.each(['authorize', 'prepare.draft.mutation', 'the schema of draft.mutation'])(
    'fails its request after hookMs, and those that follow are carried out in their order: %s',
    async (hook) => {
      /** `answer`, unless it is about the mutation to 13 and `name` is the one that hangs. */
      const unlessHung = <T>(name: string, mutation: unknown, answer: T): Awaitable<T> =>
        name === hook && (mutation as DraftTypes['mutation']).to === 13
          ? new Promise(() => undefined)
          : answer
      const draft = draftOf((sent) => unlessHung('the schema of draft.mutation', sent, sent))
      const drafts = createStore(draft)
      const { connect, clock, errors } = memoryServer({
        stores: [drafts],
        hookMs: 2_000,
        authorize: ({ mutation }) => unlessHung('authorize', mutation, true),
        prepare: new Map([
          ['draft', { mutation: ({ mutation }) => unlessHung('prepare.draft.mutation', mutation, mutation) }],
        ]),
      })
      const key = drafts.init(0)
      const ada = await connect('ada')

      const ids = [13, 2, 3].map((to) =>
        ada.post('mutate', { store: 'draft', key, mutation: { type: 'set', to } }),
      )
      await settle()
      clock.advance(1_999)
      await settle()
      const early = ada.frames.length
      clock.advance(1)
      await settle()

      expect(early).toBe(1)
      expect(ada.frames.slice(1)).toMatchObject([
        { type: 'error', id: ids[0], code: 'INTERNAL', retry: 'later' },
        { type: 'answer', id: ids[1], result: { version: 2 } },
        { type: 'answer', id: ids[2], result: { version: 3 } },
      ])
      expect(drafts.fetch(key)?.value).toBe(3)
      expect(errors).toMatchObject([
        { name: 'HookTimeoutError', message: `${hook} did not answer within 2000 ms` },
      ])
    },
  )

  it('is not heard when it answers too late', async () => {
    const hung = new Hung<boolean>()
    const { connect, clock, notes, errors } = memoryServer({ authorize: hung.ask })
    const key = notes.init(value)
    const ada = await connect('ada')
    ada.post('mutate', { store, key, mutation: write('late'), mid: 1 })
    await settle()
    clock.advance(5_000)
    await settle()
    const before = ada.frames.length

    hung.answer(true)
    await settle()

    expect(notes.fetch(key)?.version).toBe(1)
    expect(ada.frames).toHaveLength(before)
    expect(errors).toHaveLength(1)
  })

  it('and answers in time leaves no timer behind', async () => {
    const { connect, clock, notes } = memoryServer({ authorize: () => Promise.resolve(true) })
    const ada = await connect('ada')
    const before = clock.pending

    await ada.ask('fetch', { store, key: notes.init(value) })

    expect(clock.pending).toBe(before)
  })

  it('fails its request though what it answered is no promise, as a query builder is none', async () => {
    const queries: boolean[] = []
    const query = (answers: boolean) => ({
      // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
      then: (answered: (answer: boolean) => void) => queries.push(answers) && answers && answered(true),
    })
    const { connect, clock, notes } = memoryServer({
      authorize: ({ action }) => query(action === 'fetch') as never,
    })
    const key = notes.init(value)
    const ada = await connect('ada')

    const fetched = await ada.request('fetch', { store, key })
    const removed = ada.post('remove', { store, key })
    await settle()
    clock.advance(5_000)

    expect(fetched).toMatchObject({ type: 'answer', result: { entry: { value } } })
    expect(await ada.settled(removed)).toMatchObject({ code: 'INTERNAL' })
    expect(queries).toEqual([true, false])
  })

  it('leaves the credentials of a hello undecided: it is closed with 4002, to come again', async () => {
    const hung = new Hung<never>()
    const { endpoint, clock, errors } = memoryServer({ authenticate: hung.ask })
    const ada = new MemoryClient(endpoint)
    ada.send({ type: 'hello', client: 'test', token: 'ada' })

    clock.advance(5_000)
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4002)
    expect(errors).toMatchObject([{ message: 'authenticate did not answer within 5000 ms' }])
  })

  it('leaves those of a refresh undecided, and what was asked after it is carried out for the earlier ones', async () => {
    const hung = new Hung<{ user: string; userId: string }>()
    const asked: unknown[] = []
    const { endpoint, connect, clock, notes } = memoryServer({
      authenticate: ({ token }) => (token === 'fresh' ? hung.ask() : { user: 'old', userId: 'ada' }),
      authorize: ({ user }) => {
        asked.push(user)
        return true
      },
    })
    const key = notes.init(value)
    const ada = await connect('ada')
    ada.post('refresh', { token: 'fresh' })
    ada.post('mutate', { store, key, mutation: write('next') })
    await settle()

    clock.advance(5_000)
    await settle()
    hung.answer({ user: 'new', userId: 'ada' })
    await settle()

    expect(ada.transport.goodbye?.code).toBe(4002)
    expect(notes.fetch(key)?.value.text).toBe('next')
    expect(asked).toEqual(['old'])
    expect([...endpoint.sessions].map(({ identity: { user } }) => user)).toEqual(['old'])
  })

  it('gives no lock to whose fresh credentials nobody looked at', async () => {
    let isHung = false
    const { connect, clock, notes } = memoryServer({
      authorize: () => !isHung || new Promise(() => undefined),
    })
    const key = notes.init(value)
    const ada = await connect('ada')
    const guard = notes.tryAcquire(key)
    const acquired = ada.post('acquire', { store, key })
    await settle()
    await ada.ask('refresh', { token: 'ada' })
    isHung = true

    guard?.release()
    await settle()
    const held = notes.tryAcquire(key)
    clock.advance(5_000)

    expect(held).toBeUndefined()
    expect(await ada.settled(acquired)).toMatchObject({ code: 'INTERNAL', retry: 'later' })
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('ends what it was asked about when a client comes back, which goes on with the rest', async () => {
    let stuck: string | undefined
    const { connect, endpoint, clock, notes } = memoryServer({
      authorize: ({ key }) => key !== stuck || new Promise(() => undefined),
    })
    const keys = [notes.init(value), notes.init(value), notes.init(value)]
    const ada = await connect('ada')
    const positions = []
    for (const key of keys) {
      const { topic, seq } = await ada.ask('watch', { store, key })
      positions.push({ topic, seq })
    }
    ada.cut()
    stuck = keys[1]

    const back = new MemoryClient(endpoint)
    back.send({ type: 'hello', client: 'test', token: 'ada', session: ada.welcome.session, positions })
    await settle()
    clock.advance(5_000)
    await settle()

    expect(back.welcome).toMatchObject({ resumed: true, topics: [positions[0]?.topic, positions[2]?.topic] })
  })

  it.each(['before', 'after'])(
    'when a client comes back ends nothing once it is cut again, though it says no then: %s it is back',
    async (when) => {
      const hung = new Hung<boolean>()
      let hangs = false
      const { connect, endpoint, notes } = memoryServer({ authorize: () => (hangs ? hung.ask() : true) })
      const ada = await connect('ada')
      const { topic, seq } = await ada.ask('watch', { store, key: notes.init(value) })
      const { session } = ada.welcome
      ada.cut()
      hangs = true
      const second = new MemoryClient(endpoint)
      second.send({ type: 'hello', client: 'test', token: 'ada', session, positions: [{ topic, seq }] })
      await settle()
      second.cut()
      hangs = false

      if (when === 'before') hung.answer(false)
      await settle()
      const third = await connect('ada', { session, positions: [{ topic, seq }] })
      hung.answer(false)
      await settle()

      expect(third.welcome.topics).toEqual([topic])
      expect(endpoint.stats().subscriptions).toBe(1)
    },
  )

  it('is asked about everything at once when a client comes back: all of it takes no longer than one', async () => {
    const hung = new Hung<boolean>()
    let hangs = false
    const { connect, endpoint, notes, clock } = memoryServer({ authorize: () => (hangs ? hung.ask() : true) })
    const ada = await connect('ada')
    const positions = []
    for (let at = 0; at < 128; at++) {
      const { topic, seq } = await ada.ask('watch', { store, key: notes.init(value) })
      positions.push({ topic, seq })
      clock.advance(20)
    }
    ada.cut()
    hangs = true

    const back = new MemoryClient(endpoint)
    back.send({ type: 'hello', client: 'test', token: 'ada', session: ada.welcome.session, positions })
    await settle()
    clock.advance(4_000)
    hung.answer(true)
    await settle()

    expect(back.welcome.topics).toHaveLength(128)
  })

  it('about one entry fails the whole of a listing after hookMs, however many it holds', async () => {
    let stuck: string | undefined
    const { connect, clock, endpoint, errors, notes } = memoryServer({
      authorize: ({ key }) => key !== stuck || new Promise(() => undefined),
    })
    for (let entry = 0; entry < 20; entry++) stuck = notes.init(value)
    const ada = await connect('ada')

    const listed = ada.post('watchStore', { store })
    await settle()
    clock.advance(5_000)

    expect(await ada.settled(listed)).toMatchObject({ code: 'INTERNAL', retry: 'later' })
    expect(errors).toMatchObject([{ name: 'HookTimeoutError' }])
    expect(endpoint.stats()).toMatchObject({ topics: 0, subscriptions: 0 })
  })

  it('and fails instead leaves no timer running, however it fails', async () => {
    let timers = 0
    const clock = { now: () => 0, setTimeout: () => ++timers, clearTimeout: () => void timers-- }
    const failing = {
      // oxlint-disable-next-line unicorn/no-thenable
      then(): never {
        throw new Error('no')
      },
    }

    const asking = new HookBound(clock, 5_000).within('authorize', failing)

    await expect(asking).rejects.toThrow('no')
    expect(timers).toBe(0)
  })
})
