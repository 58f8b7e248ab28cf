import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { SavedMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { assign, createActor, createMachine, fromCallback, raise, sendTo, setup } from 'xstate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { order } from './machines/order.ts'

const delay = { source: [], target: [], event: { type: 'note' }, remainingMs: 1 }

describe('the saved state of a machine', () => {
  it('survives JSON, and what was pending goes on with the time that it had left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(99), fc.nat(5_000), async (before, pause) => {
        const clock = new FakeClock()
        await using first = createStore(nested(), { clock })
        const key = first.init()
        clock.advance(before)
        const text = JSON.stringify(first.saved(key))
        clock.advance(pause)

        const later = new FakeClock()
        await using second = createStore(nested(), { clock: later })
        const copy = second.init()
        await second.assign(copy, JSON.parse(text) as SavedMachine)

        expect(second.fetch(copy)?.value).toMatchObject({ state: 'early', context: { pings: 0 } })
        later.advance(99 - before)
        expect(second.fetch(copy)?.value).toMatchObject({ state: 'early', context: { pings: 0 } })
        later.advance(1)
        expect(second.fetch(copy)?.value).toMatchObject({ state: 'late', context: { pings: 2 } })
      }),
      { numRuns: 30 },
    )
  })

  it('is what XState itself would lose', async () => {
    const clock = new FakeClock()
    const machine = setup({}).createMachine({ initial: 'a', states: { a: { after: { 100: 'b' } }, b: {} } })
    const bare = createActor(machine, { clock }).start()
    const restored = createActor(machine, { clock, snapshot: bare.getPersistedSnapshot() }).start()

    clock.advance(1_000)

    expect([bare.getSnapshot().value, restored.getSnapshot().value]).toEqual(['b', 'a'])
  })

  it('keeps what happened while a guard held the entry', async () => {
    let send: ((event: { type: 'ping' }) => void) | undefined
    const definition = fromMachine(
      setup({
        types: { context: {} as { pings: number }, events: {} as { type: 'ping' } },
        actors: {
          source: fromCallback(({ sendBack }) => {
            send = sendBack
          }),
        },
      }).createMachine({
        context: { pings: 0 },
        invoke: { src: 'source' },
        on: { ping: { actions: assign({ pings: ({ context }) => context.pings + 1 }) } },
      }),
      { name: 'm', revision: '1' },
    )
    await using store = createStore(definition)
    const key = store.init()
    using guard = await store.acquire(key)
    send?.({ type: 'ping' })
    const saved = JSON.parse(JSON.stringify(store.saved(key))) as SavedMachine

    const copy = store.init()
    await store.assign(copy, saved)

    expect([guard?.entry.value.context.pings, store.fetch(copy)?.value.context.pings]).toEqual([0, 1])
  })

  it('overwrites as any value does: a version, an update with its message, the TTL cleared', async () => {
    const clock = new FakeClock()
    await using store = createStore(order, { clock })
    const [key, other] = [store.init({ item: 'book' }), store.init({ item: 'pen' })]
    await store.mutate(other, { type: 'pay', amount: 2 })
    const saved = store.saved(other) as SavedMachine
    const told: unknown[] = []
    store.watch(key)?.onUpdate((update) => told.push(update))
    store.expireIn(key, 10)

    const old = await store.assign(key, saved, { message: { type: 'hello' } })

    expect(old?.value).toMatchObject({ state: 'open', context: { item: 'book' } })
    expect(store.fetch(key)).toMatchObject({ version: 2, value: { state: 'paid', context: { item: 'pen' } } })
    expect(told.at(-1)).toMatchObject({ type: 'overwrite', message: { type: 'hello' }, new: { version: 2 } })
    expect([store.expiresAt(key), clock.pending]).toEqual([undefined, 1])
  })

  it('is what set and update of a guard take too; insert takes the input of a new machine', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const fresh = store.saved(key) as SavedMachine
    await store.mutate(key, { type: 'pay', amount: 2 })
    using guard = await store.acquire(key)

    expect(guard?.set(fresh)).toMatchObject({ version: 3, value: { state: 'open' } })
    guard?.mutate({ type: 'pay', amount: 2 })
    expect(guard?.update(() => fresh)).toMatchObject({ version: 5, value: { state: 'open' } })
    guard?.release()
    await store.insert(key, { item: 'pen' })

    expect(store.fetch(key)).toMatchObject({ version: 6, value: { context: { item: 'pen', paid: 0 } } })
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'open'],
    [
      'of a state that there is not',
      { status: 'active', value: 'nowhere', context: {}, children: {}, historyValue: {} },
    ],
    ['of another shape', { bar: 1 }],
    [
      'that failed',
      { status: 'error', error: 'why', value: 'open', context: {}, children: {}, historyValue: {} },
    ],
  ])('that is none fails with INVALID_VALUE and changes nothing: %s', async (_, saved) => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })

    const error = await errorOf(() => store.assign(key, saved as never))

    expect(error).toMatchObject({ code: 'INVALID_VALUE' })
    expect(store.fetch(key)).toMatchObject({ version: 1, value: { state: 'open' } })
    expect(await store.mutate(key, { type: 'pay', amount: 1 })).toMatchObject({ ok: true })
  })

  it.each([
    ['delays that are no list', { delays: 5 }],
    ['a delay that is none', { delays: [null] }],
    ['a delay without a way', { delays: [{ ...delay, source: 'self' }] }],
    ['a delay without an aim', { delays: [{ ...delay, target: undefined }] }],
    ['a delay without an event', { delays: [{ ...delay, event: null }] }],
    ['a delay without a time', { delays: [{ ...delay, remainingMs: null }] }],
    ['a delay of a time that is over', { delays: [{ ...delay, remainingMs: -1 }] }],
    ['a delay of no time', { delays: [{ ...delay, remainingMs: NaN }] }],
    ['a delay of a length that is none', { delays: [{ ...delay, lengthMs: 'long' }] }],
    ['a delay of a name that is none', { delays: [{ ...delay, id: 7 }] }],
    ['jobs that are no list', { jobs: 'all' }],
    ['a job that is none', { jobs: [null] }],
    ['a job without an event', { jobs: [{ cause: 'actor' }] }],
    ['a job whose event has no type', { jobs: [{ event: {}, cause: 'actor' }] }],
    ['a job without a cause', { jobs: [{ event: { type: 'note' } }] }],
    ['a job that ends it', { jobs: [{ event: { type: 'xstate.stop' }, cause: 'actor' }] }],
    ['a job that begins it', { jobs: [{ event: { type: 'xstate.init' }, cause: 'actor' }] }],
    ['a status that is not its own', { status: 'stopped' }],
  ])('with %s fails with INVALID_VALUE and changes nothing', async (_, part) => {
    const clock = new FakeClock()
    await using store = createStore(order, { clock })
    const key = store.init({ item: 'book' })

    const error = await errorOf(() => store.assign(key, { ...store.saved(key), ...part } as never))

    expect(error).toMatchObject({ code: 'INVALID_VALUE' })
    expect(store.fetch(key)?.version).toBe(1)
    clock.advance(1_000)
    expect(store.fetch(key)?.value.state).toBe('lapsed')
  })

  it('may be used again, and may be frozen: no two entries share a child', async () => {
    const machine = createMachine({
      context: ({ spawn }) => ({ list: [{ child: spawn('child', { id: 'child' }) }] }),
    }).provide({ actors: { child: createMachine({}) } })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const keys = [store.init(), store.init(), store.init()]
    const saved = store.saved(keys[0] ?? '') as SavedMachine
    const before = JSON.stringify(saved)
    Object.freeze((saved.context as { list: object[] }).list[0])

    for (const key of keys) await store.assign(key, saved)

    const children = keys.map((key) => {
      const { context, children } = store.actor(key)?.getSnapshot() ?? {}
      return [context?.['list'][0].child, children?.['child']]
    })
    expect(children.map(([inContext, child]) => inContext === child)).toEqual([true, true, true])
    expect(new Set(children.flat()).size).toBe(3)
    expect(JSON.stringify(saved)).toBe(before)
  })

  it('leaves out what is over', async () => {
    const clock = new FakeClock()
    await using store = createStore(order, { clock })
    const key = store.init({ item: 'book' })
    const before = store.saved(key)

    clock.advance(1_000)

    expect([before?.delays?.length, store.saved(key)?.delays]).toEqual([1, undefined])
  })

  it('leaves out what never happens', async () => {
    const clock = new FakeClock()
    const machine = createMachine(
      { initial: 'a', states: { a: { after: { never: 'b', 100: 'c' } }, b: {}, c: {} } },
      { delays: { never: Infinity } },
    )
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
    const key = store.init()

    await store.assign(key, JSON.parse(JSON.stringify(store.saved(key))) as SavedMachine)

    clock.advance(99)
    expect(store.fetch(key)?.value.state).toBe('a')
    clock.advance(1)
    expect(store.fetch(key)?.value.state).toBe('c')
  })

  it('of a machine that is done completes the entry', async () => {
    await using store = createStore(order)
    const key = store.init({ item: 'book' })
    const saved = store.saved(key) as SavedMachine

    await store.assign(key, {
      ...saved,
      value: 'shipped',
      status: 'done',
      output: { item: 'book' },
    } as SavedMachine)

    expect(store.has(key)).toBe(false)
  })
})

/** A machine with a delay of its own, one of its child, and one between them. */
function nested() {
  return fromMachine(
    setup({
      types: { context: {} as { pings: number }, events: {} as { type: 'ping' } },
      actors: {
        child: setup({}).createMachine({
          initial: 'waiting',
          states: {
            waiting: { after: { 100: 'done' } },
            done: { entry: sendTo(({ self }) => self._parent ?? self, { type: 'ping' }) },
          },
        }),
      },
    }).createMachine({
      context: { pings: 0 },
      initial: 'early',
      invoke: { src: 'child', id: 'child' },
      entry: raise({ type: 'ping' }, { delay: 100 }),
      on: { ping: { actions: assign({ pings: ({ context }) => context.pings + 1 }) } },
      states: { early: { after: { 100: 'late' } }, late: {} },
    }),
    { name: 'nested', revision: '1' },
  )
}
