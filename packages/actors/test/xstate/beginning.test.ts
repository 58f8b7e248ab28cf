import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { SavedMachine } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import { createMachine, emit, fromCallback } from 'xstate'
import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'

describe('the beginning of a machine', () => {
  it('comes before the first mutation, though who is told of its creation asks for that at once', async () => {
    const { store, told } = nursery(door)
    const answers: unknown[] = []
    store.watchAll().onUpdate(({ type, key = '' }) => {
      if (type === 'create') void store.mutate(key, { type: 'open' }).then((answer) => answers.push(answer))
    })

    const key = store.init()
    await Promise.resolve()

    expect(answers).toMatchObject([{ ok: true, value: { version: 2, value: { state: 'open' } } }])
    expect(store.fetch(key)).toMatchObject({ version: 2, value: { state: 'open' } })
    expect(store.actor(key)?.getSnapshot().value).toBe('open')
    expect(told).toEqual(['create', 'message', 'mutate'])
    await store.close()
  })

  it.each([
    ['end', { ok: true, value: { value: { status: 'done' } } }],
    ['fail', new Error('failed')],
  ])('comes before a mutation that is its end: %s', async (type, outcome) => {
    const { store, told } = nursery(door)
    let answer: Promise<unknown> | undefined
    store.watchAll().onUpdate((update) => {
      if (update.type === 'create')
        answer = store.mutate(update.key, { type }).catch((error: unknown) => error)
    })

    const key = store.init()

    expect(await answer).toMatchObject(outcome)
    expect([told.at(-1), store.has(key)]).toEqual(['remove', false])
    await store.close()
  })

  it('comes before whoever is told of its creation holds it: what the guard changes is carried out once', async () => {
    const { store, told } = nursery(door)
    const answers: unknown[] = []
    store.watchAll().onUpdate(({ type, key = '' }) => {
      if (type !== 'create') return
      const guard = store.tryAcquire(key)
      answers.push(guard?.mutate({ type: 'open' }))
      guard?.release()
    })

    const key = store.init()

    expect(answers).toMatchObject([{ ok: true, value: { version: 2, value: { state: 'open' } } }])
    expect(store.fetch(key)).toMatchObject({ version: 2, value: { state: 'open' } })
    expect(store.actor(key)?.getSnapshot().value).toBe('open')
    expect(told).toEqual(['create', 'message', 'lock', 'mutate', 'unlock'])
    await store.close()
  })

  it('that is its end already gives nobody a guard', async () => {
    const { store, told } = nursery(() =>
      createMachine({ initial: 'end', states: { end: { type: 'final' } } }),
    )
    const guards: unknown[] = []
    store.watchAll().onUpdate(({ type, key = '' }) => {
      if (type === 'create') guards.push(store.tryAcquire(key))
    })

    store.init()

    expect([guards, told]).toEqual([[undefined], ['create', 'remove']])
    await store.close()
  })

  it('sets going what is saved of it: whoever is told of its creation may keep it', async () => {
    const { store, clock } = nursery(door)
    const saved: (SavedMachine | undefined)[] = []
    store.watchAll().onUpdate(({ type, key = '' }) => {
      if (type === 'create') saved.push(store.saved(key))
    })

    store.init()

    expect(saved).toMatchObject([{ delays: [{ remainingMs: 1_000 }] }])
    clock.advance(1_000)
    await store.close()
  })

  it('is over when its creation is told, wherever that was asked for: who removes it then stops what it began', async () => {
    const { store, lines } = nursery(door)
    let again = (): void => void store.init()
    store.watchAll().onUpdate(({ type, key = '' }) => {
      if (type !== 'create') return
      lines.push('told')
      void store.remove(key)
      const create = again
      again = () => undefined
      create()
    })

    store.init()

    expect(store.count()).toBe(0)
    expect(lines).toEqual(['begun', 'told', 'begun', 'ended', 'told', 'ended'])
    await store.close()
  })
})

/** Says that it is there as it begins, and has a child and a delay while it is shut. */
function door(lines: string[]): AnyStateMachine {
  const child = fromCallback(() => {
    lines.push('begun')
    return () => void lines.push('ended')
  })
  return createMachine({
    initial: 'shut',
    entry: emit({ type: 'there' }),
    on: {
      end: '.end',
      fail: {
        actions: () => {
          throw new Error('failed')
        },
      },
    },
    states: {
      shut: { invoke: { src: child }, after: { 1_000: 'open' }, on: { open: 'open' } },
      open: { on: { shut: 'shut' } },
      end: { type: 'final' },
    },
  })
}

/** A store of such machines, and what everybody is told. */
function nursery(make: (lines: string[]) => AnyStateMachine) {
  const lines: string[] = []
  const told: string[] = []
  const clock = new FakeClock()
  const definition = fromMachine(make(lines), { name: 'm', revision: '1' })
  const store = createStore(definition, { clock, onError: () => {}, crash: { policy: 'remove' } })
  store.watchAll().onUpdate(({ type }) => told.push(type))
  return { store, clock, lines, told }
}
