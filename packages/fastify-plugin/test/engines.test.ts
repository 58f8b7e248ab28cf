import { createStore } from '@livestore-kv/actors'
import type { AnyLiveStore } from '@livestore-kv/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { note } from './definitions.ts'
import type { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'
import { slowStore } from './slow-store.ts'

const store = 'note'
const value = { text: 'hello', author: 'ada' }
type Step = 'watch' | 'unwatch' | 'mutate' | 'pause'

interface Known {
  readonly topic: number
  readonly version: number
  readonly isSnapshot: boolean
}

/** What a client was told: the snapshots and updates, in the order they came. */
function history(client: MemoryClient): Known[] {
  return client.frames.flatMap((frame): Known[] => {
    if (frame.type === 'update' && frame.update.type === 'mutate') {
      return [{ topic: frame.topic, version: frame.update.version, isSnapshot: false }]
    }
    if (frame.type !== 'answer' || !('entry' in frame.result) || !('topic' in frame.result)) return []
    // Only the answer to a watch has both.
    const { topic, entry } = frame.result as { topic: number; entry: { version: number } }
    return [{ topic, version: entry.version, isSnapshot: true }]
  })
}

describe('a watch', () => {
  it('of an entry that was removed on the way finds none, and disturbs nobody', async () => {
    const errors: unknown[] = []
    const notes = createStore(note, { onError: (error) => errors.push(error) })
    const key = notes.init(value)
    const late = new Proxy(slowStore(notes), {
      get: (target, name) =>
        name === 'watch'
          ? (...args: Parameters<typeof notes.watch>) => {
              const watch = notes.watch(...args)
              return notes.remove(key).then(() => watch)
            }
          : (Reflect.get(target, name) as unknown),
    })
    const { connect, endpoint } = memoryServer({ stores: [late] })
    const ada = await connect('ada')

    const answer = await ada.request('watch', { store, key })

    expect(answer).toMatchObject({ code: 'NOT_FOUND' })
    expect(errors).toEqual([])
    expect(endpoint.topics.size).toBe(0)
  })
})

describe('a listing', () => {
  it('says that it lags when the watch of its store did', async () => {
    const notes = createStore(note)
    let lag = (): void => undefined
    const behind = new Proxy(slowStore(notes), {
      get: (target, name) =>
        name === 'watchAll'
          ? () => ({
              onUpdate: (listener: (update: object) => void) => {
                lag = () => listener({ type: 'lagged', missed: 3, missedMessages: 1, entry: undefined })
              },
              close: () => undefined,
            })
          : (Reflect.get(target, name) as unknown),
    })
    const { connect } = memoryServer({ stores: [behind] })
    const ada = await connect('ada')
    const { topic } = await ada.ask('watchStore', { store })

    lag()
    await settle()

    expect(ada.updates(topic)).toEqual([
      { type: 'lagged', missed: 3, missedMessages: 1, entry: null, lock: null, expiresAt: null },
    ])
  })
})

describe.each(['watch', 'watchStore'] as const)('a %s that is cancelled', (type) => {
  it('while the engine takes its time is answered all the same, and leaves nothing behind', async () => {
    const notes = createStore(note)
    const key = notes.init(value)
    const { connect, endpoint } = memoryServer({ stores: [slowStore(notes)] })
    const ada = await connect('ada')

    const id = type === 'watch' ? ada.post(type, { store, key }) : ada.post(type, { store })
    await new Promise((resolve) => setImmediate(resolve))
    await ada.ask('cancel', { request: id })

    expect(await ada.settled(id)).toMatchObject({ code: 'CANCELLED' })
    expect(endpoint.stats()).toMatchObject({ subscriptions: 0, topics: 0 })
  })
})

describe.each<[string, (store: AnyLiveStore) => AnyLiveStore]>([
  ['answers at once', (engine) => engine],
  ['takes its time', slowStore],
])('a store on an engine that %s', (_, engine) => {
  it(
    'joins snapshots and updates without a gap or an overlap, whoever comes and goes when',
    { timeout: 60_000 },
    async () => {
      const steps = fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 2 }),
          fc.constantFrom<Step>('watch', 'unwatch', 'mutate', 'pause'),
        ),
        { maxLength: 25 },
      )
      await fc.assert(
        fc.asyncProperty(steps, async (script) => {
          const notes = createStore(note)
          const { endpoint, connect } = memoryServer({ stores: [engine(notes)] })
          const clients = [await connect('ada'), await connect('bob'), await connect('cy')]
          const key = notes.init(value)

          for (const [who, step] of script) {
            const client = clients[who]
            const topic = client && history(client).at(-1)?.topic
            if (step === 'watch') client?.post('watch', { store, key })
            if (step === 'unwatch' && topic !== undefined) client?.post('unwatch', { topic })
            if (step === 'mutate')
              client?.post('mutate', { store, key, mutation: { type: 'write', text: step } })
            if (step === 'pause') await settle()
          }
          const ids = clients.map((client) => client.post('watch', { store, key }))
          for (const [at, client] of clients.entries()) await client.settled(ids[at] ?? 0)
          // Everything that was asked for before has been answered by now; the last word is for all to hear.
          await clients[0]?.ask('mutate', { store, key, mutation: { type: 'write', text: 'last' } })
          for (let turn = 0; turn < 3; turn++) await settle()

          for (const client of clients) {
            const known = history(client)
            const gaps = known.filter(({ version, isSnapshot, topic }, at) => {
              const before = known[at - 1]
              return !isSnapshot && (before?.topic !== topic || before.version !== version - 1)
            })
            expect(gaps).toEqual([])
            expect(known.at(-1)?.version).toBe(notes.fetch(key)?.version)
            client.connection.disconnected(1000)
          }
          for (let turn = 0; turn < 3; turn++) await settle()
          expect(endpoint.topics.size).toBe(0)
        }),
        { numRuns: 60 },
      )
    },
  )

  it('hands locks from one session to the next, and takes them back from one that is gone', async () => {
    const notes = createStore(note)
    const { connect } = memoryServer({ stores: [engine(notes)] })
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const key = notes.init(value)

    const { token } = await ada.ask('acquire', { store, key })
    const waiting = bob.post('acquire', { store, key })
    await ada.ask('mutate', { store, key, token, mutation: { type: 'write', text: 'held' } })
    ada.connection.disconnected(1000)
    const granted = await bob.settled(waiting)
    bob.connection.disconnected(1000)
    for (let turn = 0; turn < 3; turn++) await settle()

    expect(granted).toMatchObject({ type: 'answer', result: { entry: { version: 2 } } })
    expect(notes.tryAcquire(key)).toBeDefined()
  })

  it('gives back a lock that was granted when its session had just ended', async () => {
    const notes = createStore(note)
    const { connect } = memoryServer({ stores: [engine(notes)] })
    const ada = await connect('ada')
    const key = notes.init(value)
    const updates: string[] = []
    notes.watch(key)?.onUpdate(({ type }) => {
      updates.push(type)
      if (type === 'lock') ada.connection.disconnected(1000)
    })

    ada.post('acquire', { store, key })
    for (let turn = 0; turn < 3; turn++) await settle()

    expect(updates).toEqual(['lock', 'unlock'])
  })

  it('says NOT_FOUND of what is not there', async () => {
    const notes = createStore(note)
    const { connect } = memoryServer({ stores: [engine(notes)] })
    const ada = await connect('ada')
    const key = notes.init(value)
    await notes.remove(key)

    expect(await ada.request('watch', { store, key })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await ada.request('acquire', { store, key })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await ada.request('broadcast', { store, key, message: { type: 'typing' } })).toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})
