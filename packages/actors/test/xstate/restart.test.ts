import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { createMachine, fromCallback, fromPromise, fromTransition, spawnChild } from 'xstate'
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
