import { createKey, createStore, defineHosted, StoreError } from '@livestore-kv/actors'
import type { Update } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { assign, createMachine, emit, setup } from 'xstate'
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
        shallow: Object.freeze({ list: [] as number[] }),
        bare: Object.assign(Object.create(null) as object, { list: [] as number[] }),
        at: new Date(0),
        child: spawn(createMachine({ on: { go: { actions: () => {} } } })),
      }),
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { freeze: 'deep' })
    const { context } = store.fetch(store.init())?.value ?? {}

    expect(Object.isFrozen(context?.['list'][0])).toBe(true)
    expect(Object.isFrozen(context?.['shallow'].list)).toBe(true)
    expect(Object.isFrozen(context?.['bare'].list)).toBe(true)
    expect(Object.isFrozen(context?.['at'])).toBe(false)
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

  it('is accepted by what its own transition says, whatever its actions ask other machines about the event', async () => {
    const machine = createMachine({
      context: {} as { peer?: { getSnapshot(): { can(event: object): boolean } } },
      initial: 'ready',
      states: {
        ready: {
          on: {
            go: { actions: ({ event }) => void event['peer']?.getSnapshot().can(event) },
            rest: 'resting',
          },
        },
        resting: {},
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const [key, other] = [store.init(), store.init()]
    await store.mutate(other, { type: 'rest' })

    const result = await store.mutate(key, { type: 'go', peer: store.actor(other) })

    expect(result).toMatchObject({ ok: true, value: { version: 2 } })
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

  it('tells everything that one transition emits, in order, and that of the next on its own', async () => {
    const machine = createMachine({
      entry: [emit({ type: 'first' }), emit({ type: 'second' })],
      on: { go: { actions: [emit({ type: 'third' }), emit({ type: 'fourth' })] } },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const told: string[] = []
    store.watchAll().onUpdate((update) => {
      told.push(update.type === 'message' ? update.message.type : update.type)
    })

    await store.mutate(store.init(), { type: 'go' })

    expect(told).toEqual(['create', 'first', 'second', 'mutate', 'third', 'fourth'])
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
    // XState's own names for what takes no event, and for what takes any.
    for (const type of ['', '*']) {
      expect(await errorOf(() => any.mutate(open, { type }))).toMatchObject({ code: 'UNKNOWN_MUTATION' })
    }
    expect(any.fetch(open)?.version).toBe(2)
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

  it('that loops is stopped as early as the machine itself asks for', async () => {
    const machine = createMachine({
      options: { maxIterations: 7 },
      initial: 'calm',
      states: { calm: { on: { loop: 'tick' } }, tick: { always: 'tock' }, tock: { always: 'tick' } },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))

    const error = await errorOf(() => store.mutate(store.init(), { type: 'loop' }))

    expect(error).toMatchObject({ message: expect.stringContaining('more than 7 ') as string })
  })

  it('that loops as it begins fails for whoever creates it, and overwrites nothing', async () => {
    const machine = createMachine({
      context: ({ input }) => ({ loops: input }),
      initial: 'tick',
      states: {
        tick: { always: { guard: ({ context }) => context['loops'] as boolean, target: 'tock' } },
        tock: { always: 'tick' },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init(false)
    const looped = { message: expect.stringContaining('Infinite loop') as string }

    expect(await errorOf(() => store.init(true))).toMatchObject(looped)
    expect(await errorOf(() => store.create(createKey(), true))).toMatchObject(looped)
    expect(await errorOf(() => store.insert(createKey(), true))).toMatchObject(looped)
    expect(await errorOf(() => store.insert(key, true))).toMatchObject(looped)

    expect([store.count(), store.fetch(key)?.version]).toEqual([1, 1])
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

describe('what the code of a machine throws', () => {
  const secret = new StoreError('NOT_FOUND', 'the vault has no entry')

  it.each([
    [
      'an action',
      createMachine({
        on: {
          go: {
            actions: () => {
              throw secret
            },
          },
        },
      }),
    ],
    [
      'a guard',
      createMachine({
        on: {
          go: {
            guard: () => {
              throw secret
            },
          },
        },
      }),
    ],
  ])('is known as its own, whatever its class, and nothing else is: %s', async (by, machine) => {
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { onError: () => {} })

    const error = await errorOf(() => store.mutate(store.init(), { type: 'go' }))

    // XState wraps what a guard throws in an error of its own.
    expect(definition.threw?.(error)).toBe(by === 'an action')
    expect(definition.threw?.(new StoreError('NOT_FOUND', 'another'))).toBe(false)
    expect(definition.threw?.('error')).toBe(false)
    expect(definition.threw?.(await errorOf(() => store.mutate(store.init(), { type: 'what' })))).toBe(false)
  })

  it.each([
    [
      'its context',
      createMachine({
        context: () => {
          throw secret
        },
      }),
    ],
    [
      'its first action',
      createMachine({
        entry: () => {
          throw secret
        },
      }),
    ],
    ['its select', createMachine({ tags: 'unselectable' })],
  ])('while it is made is known as its own too: %s', async (_, machine) => {
    const definition = fromMachine(machine, {
      name: 'm',
      revision: '1',
      select: ({ tags }) => {
        if (tags.size > 0) throw secret
        return 1
      },
    })
    await using store = createStore(definition)

    const error = await errorOf(() => store.init())

    expect(error).toBe(secret)
    expect(definition.threw?.(error)).toBe(true)
  })

  it('may be nothing at all: it fails like any other', async () => {
    const machine = createMachine({
      on: {
        go: {
          actions: () => {
            // oxlint-disable-next-line typescript/only-throw-error
            throw undefined
          },
        },
      },
    })
    const onError = vi.fn<(told: unknown) => void>()
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { onError, crash: { policy: 'remove' } })
    const key = store.init()

    await expect(store.mutate(key, { type: 'go' })).rejects.toBeUndefined()

    expect(onError.mock.calls).toEqual([[undefined]])
    expect(store.has(key)).toBe(false)
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
    ['"*"', () => fromMachine(createMachine({ on: { '*': {} } }), { ...named, can: ['*'] })],
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
    ['inspect', { inspect: null }],
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

  it.each([7, null])('with can wants a value that can have members, not %s', async (value) => {
    const machine = createMachine({ on: { go: {} } })
    const definition = fromMachine(machine, { name: 'm', revision: '1', select: () => value, can: ['go'] })
    await using store = createStore(definition)

    expect(await errorOf(() => store.init())).toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringContaining('with can') as string,
    })
  })

  it('has a store that takes the least of each option', async () => {
    const options = { crash: { intensity: 0 }, jobCapacity: 1, inspect: {} }
    await using store = createStore(order, options)

    expect(store.has(store.init({ item: 'book' }))).toBe(true)
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
