import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { createKey, StoreError } from '@livestore-kv/core'
import { FakeClock } from '@livestore-kv/core/testing'
import * as v from 'valibot'
import { createMachine, emit, setup } from 'xstate'
import { describe, expect, it, vi } from 'vitest'
import { memoryServer, settle } from './memory-server.ts'

const store = 'match'

/** A machine that is served: it moves when it is asked to, and when its time is up. */
function served() {
  const clock = new FakeClock()
  const match = fromMachine(
    setup({
      types: {
        context: {} as { title: string },
        events: {} as { type: 'kickOff' } | { type: 'whistle' },
        emitted: {} as { type: 'cheer' },
        input: {} as { title: string },
      },
    }).createMachine({
      context: ({ input }) => input,
      initial: 'waiting',
      states: {
        waiting: { on: { kickOff: { target: 'playing', actions: emit({ type: 'cheer' }) } } },
        playing: { after: { 90_000: 'over' }, on: { whistle: 'over' } },
        over: { type: 'final' },
      },
    }),
    {
      name: 'match',
      revision: '3',
      can: ['kickOff', 'whistle'],
      schema: {
        input: v.strictObject({ title: v.string() }),
        // As careless as a schema can be: it lets every type through.
        mutation: v.custom<{ type: 'kickOff' }>((event) => typeof event === 'object'),
      },
    },
  )
  const matches = createStore(match, { clock })
  // Its clock is not that of the connections, which would give up a client that is silent so long.
  return { matches, ...memoryServer({ stores: [matches] }), clock }
}

describe('a hosted store that is served', () => {
  it('tells each transition by its value, whoever caused it and however it is watched; never events', async () => {
    const { matches, clock, connect } = served()
    const ada = await connect('ada')
    const { key } = await ada.ask('init', { store, value: { title: 'final' } })
    const byValue = await ada.ask('watch', { store, key })
    const byMutation = await ada.ask('watch', { store, key, as: 'mutation' })

    await ada.ask('mutate', { store, key, mutation: { type: 'kickOff' } })
    await settle()
    clock.advance(90_000)
    await settle()

    for (const { topic } of [byValue, byMutation]) {
      const updates = ada.updates(topic)
      expect(updates).toMatchObject([
        { type: 'mutate', version: 2, value: { state: 'playing', can: ['whistle'] } },
        { type: 'message', message: { type: 'cheer' } },
        { type: 'mutate', version: 3, value: { state: 'over', status: 'done', can: [] } },
        { type: 'remove', reason: 'completed' },
      ])
      expect(JSON.stringify(updates)).not.toContain('xstate')
    }
    expect(matches.has(key)).toBe(false)
  })

  it('lists what changes by itself to who asked for changes', async () => {
    const { matches, clock, connect } = served()
    const ada = await connect('ada')
    const key = matches.init({ title: 'final' })
    await matches.mutate(key, { type: 'kickOff' })
    const { topic } = await ada.ask('watchStore', { store, changes: true })

    clock.advance(90_000)
    await settle()

    expect(ada.updates(topic).map(({ type }) => type)).toEqual(['mutate', 'remove'])
  })

  it('answers an event that the machine does not accept with a refusal, and one that it must not see with an error', async () => {
    const { matches, connect } = served()
    const ada = await connect('ada')
    const key = matches.init({ title: 'final' })

    const refused = await ada.request('mutate', { store, key, mutation: { type: 'whistle' } })
    const internal = await ada.request('mutate', {
      store,
      key,
      mutation: { type: 'xstate.after.90000.(machine).playing' },
    })
    const prototype = await ada.request('mutate', { store, key, mutation: { type: 'constructor' } })

    expect(refused).toMatchObject({ type: 'refused', error: 'not-accepted' })
    expect(internal).toMatchObject({ type: 'error', code: 'INVALID_PAYLOAD' })
    expect(prototype).toMatchObject({ type: 'error', code: 'INVALID_PAYLOAD' })
    expect(matches.fetch(key)?.version).toBe(1)
  })

  it('is made of its input, which its schema checks, and is never overwritten by a client', async () => {
    const { matches, connect } = served()
    const ada = await connect('ada')
    const key = createKey()

    await ada.ask('create', { store, key, value: { title: 'final' } })
    const wrong = await ada.request('init', { store, value: { title: 1 } })
    const saved = await ada.request('assign', { store, key, value: { title: 'mine' } })
    await ada.ask('insert', { store, key, value: { title: 'replay' } })

    expect(wrong).toMatchObject({ type: 'error', code: 'INVALID_PAYLOAD' })
    expect(saved).toMatchObject({ type: 'error', code: 'INVALID_PAYLOAD' })
    expect(matches.fetch(key)?.value.context).toEqual({ title: 'replay' })
  })

  it('says nothing of what its machine threw, be it an error of another store: whatever was asked for', async () => {
    const vault = new StoreError('NOT_FOUND', 'the vault has no entry')
    const machine = createMachine({
      context: ({ input }) => {
        if (input === 'throw') throw vault
        return {}
      },
      on: {
        throw: {
          actions: () => {
            throw vault
          },
        },
      },
    })
    const schema = { input: v.string(), mutation: v.object({ type: v.string() }) }
    const machines = createStore(fromMachine(machine, { name: 'match', revision: '1', schema }), {
      onError: () => {},
    })
    const { connect } = memoryServer({ stores: [machines] })
    const ada = await connect('ada')
    const key = machines.init('well')

    const answers = [
      await ada.request('init', { store, value: 'throw' }),
      await ada.request('create', { store, key: createKey(), value: 'throw' }),
      await ada.request('insert', { store, key, value: 'throw' }),
      await ada.request('mutate', { store, key, mutation: { type: 'throw' } }),
    ]

    for (const answer of answers) {
      expect(answer).toMatchObject({ type: 'error', code: 'INTERNAL', message: 'the server failed' })
    }
  })

  it('shows its machine no event whose payload its schema refuses', async () => {
    const seen = vi.fn<(told: unknown) => void>()
    const machine = createMachine({ on: { kickOff: { actions: () => {} } } })
    const mutation = v.strictObject({ type: v.literal('kickOff'), at: v.number() })
    const definition = fromMachine(machine, { name: 'match', revision: '1', schema: { mutation } as never })
    const matches = createStore(definition, { inspect: seen })
    const { connect } = memoryServer({ stores: [matches] })
    const ada = await connect('ada')
    const key = matches.init()
    seen.mockClear()

    for (const at of ['noon', undefined]) {
      const answer = await ada.request('mutate', { store, key, mutation: { type: 'kickOff', at } })
      expect(answer).toMatchObject({ type: 'error', code: 'INVALID_PAYLOAD' })
    }

    expect(seen).not.toHaveBeenCalled()
    expect(await ada.ask('mutate', { store, key, mutation: { type: 'kickOff', at: 12 } })).toMatchObject({
      version: 2,
    })
  })
})
