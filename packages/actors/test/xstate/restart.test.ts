import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { SavedMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { assign, createMachine, fromCallback, fromPromise, fromTransition, setup, spawnChild } from 'xstate'
import type { AnyStateMachine } from 'xstate'
import { describe, expect, it, vi } from 'vitest'

describe('a machine that is restarted', () => {
  it('because a child machine failed has it where it last stood, with the time that its delays had left', async () => {
    const { store, clock, key, children } = lab((reject) =>
      createMachine({
        initial: 'idle',
        states: {
          idle: { on: { go: 'busy' }, after: { 10: 'busy' } },
          busy: {
            invoke: {
              src: fromPromise(
                () =>
                  new Promise((_, no) => {
                    reject(no)
                  }),
              ),
            },
            after: { 100: 'end' },
          },
          end: { type: 'final' },
        },
      }),
    )
    clock.advance(50)

    children[0]?.(new Error('failed'))
    await vi.waitFor(() => expect(children).toHaveLength(2))

    clock.advance(59)
    expect(store.fetch(key)?.value.state).toBe('waiting')
    clock.advance(1)
    expect(store.fetch(key)?.value.state).toBe('done')
    await store.close()
  })

  it('because a grandchild failed begins it again with the input that it had', async () => {
    const inputs: unknown[] = []
    const { store, key, children } = lab((reject) => {
      const load = fromPromise(({ input }) => {
        inputs.push(input)
        return new Promise((_, no) => {
          reject(no)
        })
      })
      return createMachine({ invoke: { src: createMachine({ invoke: { src: load, input: { id: 7 } } }) } })
    })

    children[0]?.(new Error('failed'))
    await vi.waitFor(() => expect(inputs).toHaveLength(2))

    expect(inputs).toEqual([{ id: 7 }, { id: 7 }])
    expect(store.fetch(key)).toMatchObject({ version: 1, value: { state: 'waiting' } })
    await store.close()
  })

  it('has the children without a name that it spawned', async () => {
    const machine = createMachine({
      entry: spawnChild(
        fromTransition((count: number) => count + 1, 4),
        { id: 'tally' },
      ),
      on: {
        fail: {
          actions: () => {
            throw new Error('failed')
          },
        },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { onError: () => {} })
    const key = store.init()

    await errorOf(() => store.mutate(key, { type: 'fail' }))

    const snapshot = store.actor(key)?.getSnapshot() as { children: { tally?: { getSnapshot(): unknown } } }
    expect(snapshot.children.tally?.getSnapshot()).toMatchObject({ context: 4 })
  })

  it('and goes round in circles again by itself is given up like any that fails, whatever the policy', async () => {
    for (const policy of ['restart', 'remove'] as const) {
      let starts = 0
      const onError = vi.fn<(told: unknown) => void>()
      const machine = createMachine({
        initial: 'calm',
        invoke: { src: fromCallback(({ sendBack }) => void (starts++ > 0 && sendBack({ type: 'loop' }))) },
        on: { loop: '.tick' },
        states: { calm: {}, tick: { always: 'tock' }, tock: { always: 'tick' } },
      })
      const definition = fromMachine(machine, { name: 'm', revision: '1' })
      await using store = createStore(definition, { onError, crash: { policy, intensity: 2 } })
      const key = store.init()

      await errorOf(() => store.mutate(key, { type: 'loop' }))

      // The caller's own, two restarts, and the last.
      expect([starts, onError.mock.calls.length, store.has(key)]).toEqual([4, 3, false])
    }
  })

  it('and cannot be saved for it is removed, and that error goes to onError too', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const boom = new Error('nothing to save')
    const unsaveable = {
      ...fromTransition((count: number) => count, 0),
      getPersistedSnapshot: () => {
        throw boom
      },
    }
    const failure = new Error('failed')
    const machine = createMachine({
      entry: spawnChild(unsaveable),
      on: {
        fail: {
          actions: () => {
            throw failure
          },
        },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { onError })
    const key = store.init()

    expect(await errorOf(() => store.mutate(key, { type: 'fail' }))).toBe(failure)

    expect(onError.mock.calls).toEqual([[failure], [boom]])
    expect(store.has(key)).toBe(false)
  })
})

describe('what a machine failed in by itself', () => {
  it.each(['action', 'guard', 'select'])(
    'is tried again if it was a delay, which has its whole time once more: %s',
    async (where) => {
      const { store, clock, key, onError } = timed(where, 1)

      clock.advance(1_999)
      expect([store.fetch(key)?.value, onError.mock.calls.length]).toEqual(['a', 1])
      clock.advance(1)

      expect([store.fetch(key)?.value, onError.mock.calls.length, clock.pending]).toEqual(['b', 1, 0])
      await store.close()
    },
  )

  it('is tried again as often as intensity says, and then the machine is given up', async () => {
    const { store, clock, key, onError } = timed('action', Infinity)

    clock.advance(3_999)
    expect([store.has(key), onError.mock.calls.length]).toEqual([true, 3])
    clock.advance(1)

    expect([store.has(key), onError.mock.calls.length, clock.pending]).toEqual([false, 4, 0])
    await store.close()
  })

  it('is not tried again if its state was left meanwhile', async () => {
    const { store, clock, key, onError } = timed('action', 1)
    clock.advance(1_500)

    await store.mutate(key, { type: 'leave' })

    expect(clock.pending).toBe(0)
    clock.advance(10_000)
    expect([store.fetch(key)?.value, onError.mock.calls.length]).toEqual(['left', 1])
    await store.close()
  })

  it('has its whole time once more, though it was restored when less was left', async () => {
    const { store, clock, key } = timed('action', 1)
    clock.advance(900)
    const copy = store.init()
    await store.assign(copy, JSON.parse(JSON.stringify(store.saved(key))) as SavedMachine)
    await store.remove(key)

    clock.advance(100 + 999)
    expect(store.fetch(copy)?.value).toBe('a')
    clock.advance(1)

    expect(store.fetch(copy)?.value).toBe('b')
    await store.close()
  })

  it('is tried again at once if its delay was over when it was saved', async () => {
    const { store, clock, key } = timed('action', 1)
    const guard = store.tryAcquire(key)
    clock.advance(1_000)
    const saved = store.saved(key) as SavedMachine
    guard?.remove()

    const copy = store.init()
    await store.assign(copy, JSON.parse(JSON.stringify(saved)) as SavedMachine)

    expect(store.fetch(copy)?.value).toBe('b')
    await store.close()
  })

  it.each(['restart', 'keep'] as const)(
    'is told again if it was how a child ended, which is not begun a second time: %s',
    async (policy) => {
      const { store, key, onError, begun } = heir(policy, 1)
      await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(1))

      if (policy === 'keep') {
        await store.assign(key, JSON.parse(JSON.stringify(store.saved(key))) as SavedMachine)
      }

      expect(store.fetch(key)?.value).toMatchObject({ state: 'rich', context: { heritage: 7 } })
      expect([begun(), onError.mock.calls.length]).toEqual([1, 1])
      await store.close()
    },
  )

  it('is told again as often as intensity says if it was how a child ended, and then the machine is given up', async () => {
    const { store, key, onError, begun } = heir('restart', Infinity)

    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(4))

    expect([store.has(key), begun()]).toEqual([false, 1])
    await store.close()
  })

  it.each(['child', 'grandchild'])(
    'is tried again if it was a delay of a machine that it invokes: %s',
    async (who) => {
      let failures = 1
      const failing = createMachine({
        initial: 'x',
        states: {
          x: { after: { 10: 'y' } },
          y: {
            entry: () => {
              if (failures-- > 0) throw new Error('once')
            },
            type: 'final',
          },
        },
      })
      const child =
        who === 'child'
          ? failing
          : createMachine({
              initial: 'x',
              states: {
                x: { invoke: { src: failing, onDone: 'y' }, after: { 50: 'late' } },
                y: { type: 'final' },
                late: {},
              },
            })
      const machine = createMachine({
        initial: 'waiting',
        states: { waiting: { invoke: { src: child, onDone: 'done' } }, done: {} },
      })
      for (const isHeld of [false, true]) {
        failures = 1
        const clock = new FakeClock()
        const definition = fromMachine(machine, { name: 'm', revision: '1' })
        await using store = createStore(definition, { clock, onError: () => {} })
        const key = store.init()
        const guard = isHeld ? store.tryAcquire(key) : undefined

        clock.advance(10)
        guard?.release()
        clock.advance(9)
        expect(store.fetch(key)?.value.state).toBe('waiting')
        clock.advance(1)

        expect([store.fetch(key)?.value.state, clock.pending]).toEqual(['done', 0])
      }
    },
  )
})

describe('a machine that fails in its first actions', () => {
  it('as it overwrites another leaves that, which goes on from its last good snapshot', async () => {
    const { store, clock, key, onError, told, lines } = household('restart')
    clock.advance(300)

    const error = await errorOf(() => store.insert(key, 'bad'))

    expect(error).toMatchObject({ message: 'bad' })
    expect(onError).toHaveBeenCalledExactlyOnceWith(error)
    expect(store.fetch(key)).toMatchObject({
      version: 1,
      value: { state: 'early', context: { name: 'good' } },
    })
    clock.advance(699)
    expect(told).toEqual([])
    clock.advance(1)
    expect([store.fetch(key)?.value.state, told]).toEqual(['late', ['transition']])
    // One child of each that began, for XState begins children before the first actions.
    expect([lines, clock.pending]).toEqual([Array(3).fill(['begun', 'ended']).flat(), 0])
    await store.close()
  })

  it('as it overwrites another counts: past intensity the entry is removed as crashed', async () => {
    const { store, clock, key, onError, told } = household('restart')

    for (let time = 0; time < 4; time++) await errorOf(() => store.insert(key, 'bad'))

    expect([told, onError.mock.calls.length, clock.pending]).toEqual([['crashed'], 4, 0])
    expect(await store.insert(key, 'good')).toBeUndefined()
    await store.close()
  })

  it('as it overwrites another leaves that as it stood under the policy keep', async () => {
    const { store, clock, key, onError, told } = household('keep')
    clock.advance(300)
    const saved = store.saved(key)

    await errorOf(() => store.insert(key, 'bad'))
    await errorOf(() => store.insert(key, 'bad'))

    expect(store.fetch(key)).toMatchObject({
      version: 1,
      value: { state: 'early', context: { name: 'good' } },
    })
    expect([told, onError.mock.calls.length, clock.pending]).toEqual([[], 2, 0])
    expect(store.saved(key)).toEqual(saved)
    await store.assign(key, saved as SavedMachine)
    clock.advance(700)
    expect(store.fetch(key)?.value.state).toBe('late')
    await store.close()
  })

  it('as it overwrites another is removed as crashed under the policy remove', async () => {
    const { store, clock, key, onError, told, lines } = household('remove')

    await errorOf(() => store.insert(key, 'bad'))

    expect([told, onError.mock.calls.length, store.has(key)]).toEqual([['crashed'], 1, false])
    expect([lines, clock.pending]).toEqual([['begun', 'ended', 'begun', 'ended'], 0])
    await store.close()
  })

  it('as it overwrites what cannot be saved has nothing to go back to', async () => {
    const unsaveable = {
      ...fromTransition((count: number) => count, 0),
      getPersistedSnapshot: () => {
        throw new Error('nothing to save')
      },
    }
    const machine = createMachine({
      entry: [
        spawnChild(unsaveable),
        ({ event }) => {
          if (event['input'] === 'bad') throw new Error('bad')
        },
      ],
    })
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { onError: () => {} })
    const key = store.init('good')
    await store.insert(key, 'better')

    expect(await errorOf(() => store.insert(key, 'bad'))).toMatchObject({ message: 'bad' })

    expect(store.has(key)).toBe(false)
  })

  it('as it is created concerns nobody but who creates it', async () => {
    const { store, onError, told } = household('restart')

    expect(await errorOf(() => store.init('bad'))).toMatchObject({ message: 'bad' })

    expect([store.count(), told, onError.mock.calls.length]).toEqual([1, ['create', 'crashed'], 0])
    await store.close()
  })
})

describe('a child that fails', () => {
  it('leaves nothing of its own behind, on any level, where its parent handles it', async () => {
    const lines: string[] = []
    const listener = fromCallback(() => () => void lines.push('ended'))
    const failing = createMachine({
      invoke: { src: listener },
      on: {
        fail: {
          actions: () => {
            throw new Error('failed')
          },
        },
      },
      after: { 10: { actions: ({ self }) => self.send({ type: 'fail' }) } },
    })
    const middle = createMachine({
      initial: 'on',
      states: {
        on: { invoke: { src: failing, onError: 'off' } },
        off: { entry: () => lines.push('handled') },
      },
    })
    for (const child of [failing, middle]) {
      lines.length = 0
      const machine = createMachine({
        initial: 'on',
        states: {
          on: { invoke: { src: child, onError: 'off' } },
          off: { entry: () => lines.push('handled') },
        },
      })
      const clock = new FakeClock()
      await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
      store.init()

      clock.advance(10)

      expect([lines, clock.pending]).toEqual([['ended', 'handled'], 0])
    }
  })
})

/** One entry whose machine has a child that `make` makes; `children` are the ways to have it fail, one for each start. */
function lab(make: (reject: (no: (error: unknown) => void) => void) => AnyStateMachine) {
  const children: ((error: unknown) => void)[] = []
  const machine = createMachine({
    initial: 'waiting',
    states: { waiting: { invoke: { src: make((no) => children.push(no)), onDone: 'done' } }, done: {} },
  })
  const clock = new FakeClock()
  const definition = fromMachine(machine, { name: 'lab', revision: '1' })
  const store = createStore(definition, { clock, onError: () => {} })
  return { store, clock, key: store.init(), children }
}

/** One entry whose machine fails in its delay as often as `failures` says. */
function timed(where: string, failures: number) {
  let left = failures
  const attempt = (at: string): boolean => {
    if (at === where && left-- > 0) throw new Error(at)
    return true
  }
  const machine = setup({ types: { events: {} as { type: 'leave' } } }).createMachine({
    initial: 'a',
    states: {
      a: {
        after: {
          1_000: { target: 'b', guard: () => attempt('guard'), actions: () => void attempt('action') },
        },
        on: { leave: 'left' },
      },
      b: {},
      left: {},
    },
  })
  const clock = new FakeClock()
  const onError = vi.fn<(told: unknown) => void>()
  const definition = fromMachine(machine, {
    name: 'timed',
    revision: '1',
    select: ({ value }) => {
      if (value === 'b') attempt('select')
      return value
    },
  })
  const store = createStore(definition, { clock, onError })
  return { store, clock, key: store.init(), onError }
}

/** One entry whose machine fails in what its child leaves it as often as `failures` says. */
function heir(policy: 'restart' | 'keep', failures: number) {
  let left = failures
  let begun = 0
  const machine = setup({
    types: { context: {} as { heritage: number } },
    actors: {
      testator: fromPromise(() => {
        begun++
        return Promise.resolve(7)
      }),
    },
  }).createMachine({
    context: { heritage: 0 },
    initial: 'poor',
    states: {
      poor: {
        invoke: {
          src: 'testator',
          onDone: {
            target: 'rich',
            actions: [
              () => {
                if (left-- > 0) throw new Error('failed')
              },
              assign({ heritage: ({ event }) => event.output }),
            ],
          },
        },
      },
      rich: {},
    },
  })
  const onError = vi.fn<(told: unknown) => void>()
  const definition = fromMachine(machine, { name: 'heir', revision: '1' })
  const store = createStore(definition, { clock: new FakeClock(), onError, crash: { policy } })
  return { store, key: store.init(), onError, begun: () => begun }
}

/** One entry whose machine has a child and a delay, and fails in its first actions if it is made of something bad. */
function household(policy: 'restart' | 'remove' | 'keep') {
  const lines: string[] = []
  const told: string[] = []
  const machine = setup({
    types: { context: {} as { name: string }, input: {} as string },
    actors: {
      child: fromCallback(() => {
        lines.push('begun')
        return () => void lines.push('ended')
      }),
    },
  }).createMachine({
    context: ({ input }) => ({ name: input }),
    entry: ({ context }) => {
      if (context.name === 'bad') throw new Error('bad')
    },
    initial: 'early',
    states: { early: { invoke: { src: 'child' }, after: { 1_000: 'late' } }, late: {} },
  })
  const clock = new FakeClock()
  const onError = vi.fn<(told: unknown) => void>()
  const definition = fromMachine(machine, { name: 'household', revision: '1' })
  const store = createStore(definition, { clock, onError, crash: { policy } })
  const key = store.init('good')
  store.watchAll().onUpdate((update) => told.push(update.type === 'remove' ? update.reason : update.type))
  return { store, clock, key, onError, told, lines }
}
