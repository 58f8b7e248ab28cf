import { createStore, defineHosted } from '@livestore-kv/actors'
import type { Update } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { assign, createMachine, setup } from 'xstate'
import type { AnyStateMachine } from 'xstate'
import { describe, expect, it, vi } from 'vitest'
import { order } from './machines/order.ts'

describe('a machine as a value', () => {
  it('is its state, its data, its status and its tags, and what it can take', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })

    const before = store.fetch(key)?.value
    await store.mutate(key, { type: 'pay', amount: 3 })

    expect(before).toEqual({
      state: 'open',
      context: { item: 'book', paid: 0 },
      status: 'active',
      tags: ['new'],
      // A guard that asks for more than the type throws, and counts as no.
      can: ['recheck'],
    })
    expect(JSON.parse(JSON.stringify(store.fetch(key)?.value))).toEqual({
      state: 'paid',
      context: { item: 'book', paid: 3 },
      status: 'active',
      tags: [],
      can: ['ship'],
    })
  })

  it('works out what it can take once per version, when somebody first reads it', async () => {
    const guard = vi.fn<() => boolean>(() => true)
    const machine = createMachine({ on: { go: { guard, actions: () => {} } } })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1', can: ['go'] }))
    const key = store.init()
    expect(guard).toHaveBeenCalledTimes(0)

    const value = store.fetch(key)?.value
    expect([value?.can, value?.can, guard.mock.calls.length]).toEqual([['go'], ['go'], 1])
    await store.mutate(key, { type: 'go' })

    expect(guard).toHaveBeenCalledTimes(2)
    expect([store.fetch(key)?.value.can, guard.mock.calls.length]).toEqual([['go'], 3])
  })

  it('can take nothing any more once it is done', async () => {
    const machine = createMachine({
      on: { note: { actions: () => {} } },
      initial: 'on',
      states: { on: { on: { end: 'off' } }, off: { type: 'final' } },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1', can: ['note'] }))
    const key = store.init()
    const before = store.fetch(key)?.value.can

    const ended = await store.mutate(key, { type: 'end' })

    expect([before, ended?.ok && ended.value.value.can]).toEqual([['note'], []])
  })

  it('is what select makes of it', async () => {
    const machine = createMachine({ context: { total: 1, secret: 2 }, initial: 'on', states: { on: {} } })
    const definition = fromMachine(machine, {
      name: 'm',
      revision: '1',
      select: ({ value, context }) => ({ is: value, total: Number(context['total']) }),
    })
    await using store = createStore(definition)

    expect(store.fetch(store.init())?.value).toEqual({ is: 'on', total: 1 })
  })

  it('is frozen where it is plain, and leaves the actors in a context alone', async () => {
    const machine = createMachine({
      context: ({ spawn }) => ({
        list: [{ deep: true }],
        child: spawn(createMachine({ on: { go: { actions: () => {} } } })),
      }),
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { freeze: 'deep' })
    const { context } = store.fetch(store.init())?.value ?? {}

    expect(Object.isFrozen(context?.['list'][0])).toBe(true)
    expect(Object.isFrozen(context?.['child'])).toBe(false)
  })

  it('takes a machine whose input may be left out', async () => {
    await using store = createStore(fromMachine(createMachine({}), { name: 'm', revision: '1' }))

    expect(store.fetch(store.init())?.value.status).toBe('active')
  })
})

describe('a mutation of a machine', () => {
  it('is refused where no transition is selected: nothing changes and nobody is told', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const heard = vi.fn<(told: unknown) => void>()
    store.watch(key)?.onUpdate(heard)

    const results = [
      await store.mutate(key, { type: 'ship' }),
      await store.mutate(key, { type: 'pay', amount: 0 }),
    ]

    expect(results).toEqual(Array(2).fill({ ok: false, error: 'not-accepted' }))
    expect([store.fetch(key)?.version, heard.mock.calls.length]).toEqual([1, 0])
  })

  it('is accepted where a transition only acts, emits or re-enters: a version and an update each', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const told: string[] = []
    store.watch(key)?.onUpdate((update) => told.push(update.type))

    for (const type of ['note', 'greet', 'recheck'] as const) {
      expect(await store.mutate(key, { type })).toMatchObject({ ok: true })
    }

    expect(told).toEqual(['mutate', 'mutate', 'message', 'mutate'])
    expect(store.fetch(key)?.version).toBe(4)
  })

  it('is refused where the state forbids what its parent takes', async () => {
    await using store = createStore(order)
    const key = store.init({ item: 'book' })
    await store.mutate(key, { type: 'pay', amount: 3 })

    expect(await store.mutate(key, { type: 'note' })).toEqual({ ok: false, error: 'not-accepted' })
  })

  it('tells what the machine emits after the change, as messages', async () => {
    await using store = createStore(order)
    const key = store.init({ item: 'book' })
    const told: Update<never>[] = []
    store.watch(key)?.onUpdate((update) => told.push(update as Update<never>))

    await store.mutate(key, { type: 'pay', amount: 3 })

    expect(told).toMatchObject([
      { type: 'mutate', mutation: { type: 'pay' }, new: { version: 2 } },
      { type: 'message', message: { type: 'paid', amount: 3 }, entry: { version: 2 } },
    ])
  })

  it.each([
    ['of no known type', { type: 'explode' }],
    ['of the name of a prototype', { type: 'constructor' }],
    ['of another such name', { type: '__proto__' }],
    ['of XState itself: done', { type: 'xstate.done.actor.child', output: 1 }],
    ['of XState itself: after', { type: 'xstate.after.1000.open' }],
    ['of XState itself: init', { type: 'xstate.init', input: { item: 'mine' } }],
    ['of XState itself: stop', { type: 'xstate.stop' }],
    ['of XState itself: route', { type: 'xstate.route', to: '#x' }],
    ['of no type', {}],
    ['of a type that is no text', { type: 7 }],
    ['of an empty type', { type: '' }],
    ['that is null', null],
    ['that is undefined', undefined],
    ['of a type with a wildcard', { type: '*' }],
  ])('%s fails with UNKNOWN_MUTATION by every route, and never reaches the machine', async (_, event) => {
    const onError = vi.fn<(told: unknown) => void>()
    const seen = vi.fn<(told: unknown) => void>()
    await using store = createStore(order, { clock: new FakeClock(), onError, inspect: seen })
    const key = store.init({ item: 'book' })
    seen.mockClear()
    const unknown = { code: 'UNKNOWN_MUTATION' }

    expect(await errorOf(() => store.mutate(key, event as never))).toMatchObject(unknown)
    using guard = await store.acquire(key)
    expect(await errorOf(() => guard?.mutate(event as never))).toMatchObject(unknown)
    guard?.release()
    store.actor(key)?.send(event as never)
    await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.objectContaining(unknown)))

    expect(seen).not.toHaveBeenCalled()
    expect(store.fetch(key)).toMatchObject({ version: 1, value: { state: 'open' } })
  })

  it('of any other type reaches a machine that takes any', async () => {
    const machine = createMachine({ on: { 'a.*': { actions: () => {} }, b: { actions: () => {} } } })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init()

    expect(await store.mutate(key, { type: 'a.b.c' })).toMatchObject({ ok: true })
    expect(await store.mutate(key, { type: 'a' })).toMatchObject({ ok: true })
    await using any = createStore(
      fromMachine(createMachine({ on: { '*': { actions: () => {} } } }), { name: 'any', revision: '1' }),
    )
    const open = any.init()
    expect(await any.mutate(open, { type: 'whatever' })).toMatchObject({ ok: true })
    expect(await errorOf(() => any.mutate(open, { type: 'xstate.done.actor.x' }))).toMatchObject({
      code: 'UNKNOWN_MUTATION',
    })
    expect(await errorOf(() => store.mutate(key, { type: 'ab' }))).toMatchObject({ code: 'UNKNOWN_MUTATION' })
  })

  it('that loops for ever fails for its caller after a thousand steps, and leaves the last good snapshot', async () => {
    const effects: string[] = []
    const onError = vi.fn<(told: unknown) => void>()
    await using store = createStore(
      loopy((line) => effects.push(line)),
      { onError, crash: { policy: 'remove' } },
    )
    const key = store.init()
    await store.mutate(key, { type: 'count' })

    const error = await errorOf(() => store.mutate(key, { type: 'loop' }))

    expect(error).toMatchObject({ message: expect.stringContaining('1000') as string })
    expect(store.fetch(key)).toMatchObject({ version: 2, value: { state: 'calm', context: { count: 1 } } })
    // What it did on the way is done.
    expect(effects).toEqual(['began'])
    expect(onError).not.toHaveBeenCalled()
    expect(await store.mutate(key, { type: 'count' })).toMatchObject({
      value: { value: { context: { count: 2 } } },
    })
  })

  it('that makes a child loop for ever is stopped too', async () => {
    const child = createMachine({ initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } })
    const machine = createMachine({
      initial: 'off',
      states: { off: { on: { go: 'on' } }, on: { invoke: { src: child, onError: 'failed' } }, failed: {} },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init()

    await store.mutate(key, { type: 'go' })

    expect(store.fetch(key)?.value.state).toBe('failed')
  })

  it('does not create an entry whose machine cannot begin', async () => {
    const boom = new Error('no context')
    const failing: (() => AnyStateMachine)[] = [
      () =>
        createMachine({
          context: () => {
            throw boom
          },
        }),
      () =>
        createMachine({
          entry: () => {
            throw boom
          },
        }),
    ]
    for (const make of failing) {
      await using store = createStore(fromMachine(make(), { name: 'm', revision: '1' }))
      expect(await errorOf(() => store.init({}))).toBe(boom)
      expect(store.count()).toBe(0)
    }
  })
})

const named = { name: 'm', revision: '1' }

describe('a hosted definition', () => {
  it('is run by nobody but the store of its machine', async () => {
    const known = defineHosted({ name: 'order', revision: '1' })

    expect(await errorOf(() => createStore(known))).toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringMatching(/order.*fromMachine.*createStore/) as string,
    })
    expect(known.mutate({} as never, { type: 'pay' })).toMatchObject({ ok: false })
    expect([known.kind, order.kind]).toEqual(['hosted', 'hosted'])
  })

  it.each([
    ['machine', () => fromMachine({} as AnyStateMachine, { name: 'm', revision: '1' })],
    ['name', () => fromMachine(createMachine({}), { name: '', revision: '1' })],
    ['revision', () => fromMachine(createMachine({}), { name: 'm', revision: '' })],
    ['"cann"', () => fromMachine(createMachine({}), { ...named, cann: [] } as never)],
    ['"leave"', () => fromMachine(createMachine({ on: { go: {} } }), { ...named, can: ['go', 'leave'] })],
    [
      '"xstate.init"',
      () => fromMachine(createMachine({ on: { '*': {} } }), { ...named, can: ['xstate.init'] }),
    ],
    ['"mutations"', () => fromMachine(createMachine({}), { ...named, schema: { mutations: {} } } as never)],
    [
      'schema.mutation',
      () => fromMachine(createMachine({}), { ...named, schema: { mutation: {} } } as never),
    ],
    ['"select"', () => defineHosted({ ...named, select: () => 1 } as never)],
    ['"value"', () => defineHosted({ ...named, schema: { value: {} } } as never)],
  ])('names what is wrong with it: %s', async (member, define) => {
    expect(await errorOf(define)).toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringContaining(member) as string,
    })
  })

  it.each([
    ['crash', { crash: 1 }],
    ['crash.policy', { crash: { policy: 'hope' } }],
    ['crash.intensity', { crash: { intensity: -1 } }],
    ['crash.periodMs', { crash: { periodMs: 0 } }],
    ['crash.often', { crash: { often: 1 } }],
    ['jobCapacity', { jobCapacity: 0 }],
    ['inspect', { inspect: 'yes' }],
    ['maxEntries', { maxEntries: 0 }],
  ])('has a store that names the option that is wrong: %s', async (option, options) => {
    expect(await errorOf(() => createStore(order, options as never))).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining(option) as string,
    })
  })

  it('may be spread to make another of it', () => {
    const first = fromMachine(createMachine({ on: { go: {} } }), named)
    const next = fromMachine(createMachine({ on: { stop: {} } }), { ...first, revision: '2', can: ['stop'] })

    expect([first.revision, next.revision]).toEqual(['1', '2'])
  })

  it('with can wants a value that can have members', async () => {
    const machine = createMachine({ on: { go: {} } })
    const definition = fromMachine(machine, { name: 'm', revision: '1', select: () => 7, can: ['go'] })
    await using store = createStore(definition)

    expect(await errorOf(() => store.init())).toMatchObject({ code: 'INVALID_DEFINITION' })
  })
})

function loopy(log: (line: string) => void) {
  return fromMachine(
    setup({
      types: { context: {} as { count: number }, events: {} as { type: 'count' | 'loop' } },
    }).createMachine({
      context: { count: 0 },
      initial: 'calm',
      on: { count: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
      states: {
        calm: { on: { loop: { target: 'tick', actions: () => log('began') } } },
        tick: { always: 'tock' },
        tock: { always: 'tick' },
      },
    }),
    { name: 'loopy', revision: '1' },
  )
}
