import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createStore } from '@livestore-kv/actors'
import type { LiveValueTypes, Update } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { CrashOptions, SavedMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { assign, createActor, fromCallback, fromPromise, setup } from 'xstate'
import { describe, expect, it, vi } from 'vitest'
import { isCollectable } from '../collectable.ts'
import { order } from './machines/order.ts'

describe('the end of a machine', () => {
  it('at a final state removes the entry, with its last version told before and its output', async () => {
    await using store = createStore(order)
    const key = store.init({ item: 'book' })
    const told: Update<LiveValueTypes>[] = []
    store.watch(key)?.onUpdate((update) => told.push(update as Update<LiveValueTypes>))
    await store.mutate(key, { type: 'pay', amount: 3 })

    const shipped = await store.mutate(key, { type: 'ship' })

    expect(shipped).toMatchObject({ ok: true, value: { version: 3, value: { status: 'done', can: [] } } })
    expect(told.slice(-2)).toMatchObject([
      { type: 'mutate', new: { version: 3 } },
      { type: 'remove', reason: 'completed', old: { version: 3 }, output: { item: 'book' } },
    ])
    expect(store.has(key)).toBe(false)
  })

  it('that comes while its new value is made ends the change, not the store', async () => {
    let meanwhile = (): void => undefined
    const machine = setup({}).createMachine({
      context: () => {
        meanwhile()
        return {}
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init()
    const guard = store.tryAcquire(key)
    meanwhile = () => void guard?.remove()

    const failed = await errorOf(() => store.insert(key, undefined, { token: guard?.token ?? 0 }))

    expect(failed).toMatchObject({ code: 'GUARD_RELEASED' })
    expect([store.count(), store.has(key)]).toEqual([0, false])
  })

  it('does not begin twice under one key: what makes its value may not create the entry', async () => {
    let meanwhile = (): void => undefined
    const machine = setup({}).createMachine({
      context: () => {
        const create = meanwhile
        meanwhile = () => undefined
        create()
        return {}
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = createKey()
    meanwhile = () => void store.create(key)

    expect(await errorOf(() => store.create(key))).toMatchObject({ code: 'REENTRANT' })
    expect([store.count(), [...store.keys()]]).toEqual([1, [key]])
    await store.remove(key)
    expect([store.count(), store.has(key)]).toEqual([0, false])
  })

  it('does not begin in a store that was closed while its value was made', async () => {
    const begun = vi.fn<() => void>()
    const machine = setup({}).createMachine({
      context: () => {
        void store.close()
        return {}
      },
      entry: begun,
    })
    const store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))

    expect(await errorOf(() => store.init())).toMatchObject({ code: 'STORE_CLOSED' })
    expect([store.count(), begun.mock.calls.length]).toEqual([0, 0])
  })

  it('that crashes while its store is closed for it stays as it was', async () => {
    const machine = setup({}).createMachine({
      on: {
        fail: {
          actions: () => {
            throw new Error('no')
          },
        },
      },
    })
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    const store = createStore(definition, { onError: () => void store.close(), crash: { policy: 'remove' } })
    const keys = [store.init(), store.init()]
    const seen: unknown[] = []
    for (const key of keys) {
      store.watch(key)?.onUpdate(({ type }) => seen.push([type, store.has(keys[0] ?? ''), store.count()]))
    }

    await errorOf(() => store.mutate(keys[0] ?? '', { type: 'fail' }))

    expect(new Set(seen.map(String))).toEqual(new Set(['remove,true,2']))
  })

  it('is told before what it leaves behind creates the key again', async () => {
    const key = createKey()
    let again = (): void => undefined
    const machine = setup({ actors: { child: fromCallback(() => () => again()) } }).createMachine({
      invoke: { src: 'child' },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    store.create(key)
    again = () => {
      again = () => undefined
      store.create(key)
    }
    const told: string[] = []
    store.watch(key, { awaitCreation: true }).onUpdate(({ type }) => told.push(type))

    await store.remove(key)

    expect(told).toEqual(['remove', 'create'])
    expect(store.count()).toBe(1)
  })

  it('comes once, when a failing machine leaves something behind that removes the entry', async () => {
    let remove = (): void => undefined
    const machine = setup({ actors: { child: fromCallback(() => () => remove()) } }).createMachine({
      invoke: { src: 'child' },
      on: {
        fail: {
          actions: () => {
            throw new Error('no')
          },
        },
      },
    })
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { crash: { policy: 'remove' }, onError: () => {} })
    const key = store.init()
    const guard = store.tryAcquire(key)
    remove = () => void guard?.remove()
    const told: string[] = []
    store.watch(key)?.onUpdate(({ type }) => told.push(type))

    expect(await errorOf(() => guard?.mutate({ type: 'fail' }))).toMatchObject({ message: 'no' })

    expect([store.count(), told.filter((type) => type === 'remove')]).toEqual([0, ['remove']])
  })

  it.each([
    ['remove', 'GUARD_RELEASED', 0],
    ['close', 'STORE_CLOSED', 1],
  ])('that comes while what it is overwritten with takes its place is one: %s', async (how, code, left) => {
    let end = (): void => undefined
    const begun: string[] = []
    const machine = setup({
      actors: {
        child: fromCallback(() => {
          begun.push('begun')
          return () => end()
        }),
      },
    }).createMachine({
      initial: 'a',
      states: { a: { invoke: { src: 'child' }, after: { 1_000: 'b' } }, b: {} },
    })
    const clock = new FakeClock()
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
    const key = store.init()
    const saved = store.saved(key)
    const guard = store.tryAcquire(key)
    const told: string[] = []
    store.watch(key)?.onUpdate(({ type }) => told.push(type))
    end = () => void (how === 'remove' ? guard?.remove() : store.close())

    const failed = await errorOf(() => saved && guard?.set(saved))

    expect(failed).toMatchObject({ code })
    expect([begun, told, clock.pending]).toEqual([['begun'], ['remove'], 0])
    // What a store held when it was closed can be read for a while.
    expect([...store.keys()]).toHaveLength(left)
  })

  it('that comes while a failing machine is stopped has it begin no more', async () => {
    let remove = (): void => undefined
    const lines: string[] = []
    const machine = setup({
      actors: {
        child: fromCallback(() => {
          lines.push('begun')
          return () => {
            lines.push('ended')
            remove()
          }
        }),
      },
    }).createMachine({
      invoke: { src: 'child' },
      after: { 1_000: {} },
      on: {
        fail: {
          actions: () => {
            throw new Error('no')
          },
        },
      },
    })
    const clock = new FakeClock()
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { clock, onError: () => {} })
    const guard = store.tryAcquire(store.init())
    remove = () => void guard?.remove()

    expect(await errorOf(() => guard?.mutate({ type: 'fail' }))).toMatchObject({ message: 'no' })

    expect([store.count(), lines, clock.pending]).toEqual([0, ['begun', 'ended'], 0])
  })

  it('may come at its beginning: the entry is created and completes', async () => {
    const machine = setup({}).createMachine({ initial: 'end', states: { end: { type: 'final' } } })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const told: string[] = []
    store.watchAll().onUpdate((update) => told.push(update.type === 'remove' ? update.reason : update.type))

    const key = store.init()

    expect([told, store.has(key)]).toEqual([['create', 'completed'], false])
  })

  it.each(['remove', 'expire', 'close', 'complete', 'crash', 'overwrite'])(
    'stops its delays, promises and children: %s',
    async (end) => {
      const { store, clock, key, ended } = family({ policy: 'remove' })
      await store.mutate(key, { type: 'begin' })
      const saved = store.saved(key)
      expect(clock.pending).toBeGreaterThan(0)

      if (end === 'remove') await store.remove(key)
      else if (end === 'close') await store.close()
      else if (end === 'complete') await store.mutate(key, { type: 'finish' })
      else if (end === 'crash') await errorOf(() => store.mutate(key, { type: 'throw' }))
      else if (end === 'overwrite' && saved) {
        await store.assign(key, { ...saved, value: 'idle', children: {}, delays: [] })
      } else {
        store.expireIn(key, 10)
        clock.advance(2_000)
      }

      expect(ended()).toEqual(['promise aborted', 'callback ended', 'grandchild ended'])
      expect(clock.pending).toBe(0)
      await store.close()
    },
  )

  it('by a change of its own leaves no delay and no child of the state that it was changing to', async () => {
    const lines: string[] = []
    const machine = setup({
      types: { events: {} as { type: 'go' } },
      actors: { listener: fromCallback(() => () => void lines.push('callback ended')) },
    }).createMachine({
      initial: 'a',
      states: {
        a: { on: { go: { target: 'b', actions: () => void guard?.remove() } } },
        b: { invoke: { src: 'listener' }, after: { 5_000: 'a' } },
      },
    })
    const clock = new FakeClock()
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
    const guard = await store.acquire(store.init())

    expect(await errorOf(() => guard?.mutate({ type: 'go' }))).toMatchObject({ code: 'GUARD_RELEASED' })

    expect([lines, clock.pending]).toEqual([['callback ended'], 0])
  })

  it('by closing the store in a change of its own fails that change with STORE_CLOSED', async () => {
    const clock = new FakeClock()
    const machine = setup({ types: { events: {} as { type: 'go' } } }).createMachine({
      initial: 'a',
      states: {
        a: { on: { go: { target: 'b', actions: () => void store.close() } } },
        b: { after: { 10: 'a' } },
      },
    })
    const store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })

    expect(await errorOf(() => store.mutate(store.init(), { type: 'go' }))).toMatchObject({
      code: 'STORE_CLOSED',
    })

    expect(clock.pending).toBe(0)
  })

  it('leaves nothing behind: a removed entry, its actor and its children are collectable', async () => {
    const { store } = family()

    expect(
      await isCollectable(async () => {
        const key = store.init()
        await store.mutate(key, { type: 'begin' })
        const snapshot = store.actor(key)?.getSnapshot()
        await store.remove(key)
        return snapshot ?? {}
      }),
    ).toBe(true)
    expect(store.count()).toBe(1)
  })

  it('leaves its actor collectable, though its definition lives on', async () => {
    const definition = fromMachine(setup({}).createMachine({}), { name: 'm', revision: '1' })

    expect(
      await isCollectable(async () => {
        let self: object = {}
        const store = createStore(definition, {
          inspect: ({ actorRef }) => {
            self = actorRef
          },
        })
        await store.remove(store.init())
        return self
      }),
    ).toBe(true)
    expect(definition.name).toBe('m')
  })

  it('no delay of a machine keeps the process alive', async () => {
    const program = `
      import { createStore } from '@livestore-kv/actors'
      import { fromMachine } from '@livestore-kv/actors/xstate'
      import { createMachine } from 'xstate'
      const machine = createMachine({ initial: 'a', states: { a: { after: { 3_600_000: 'b' } }, b: {} } })
      const store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
      process.stdout.write(store.fetch(store.init()).value.state)
    `
    // A process of its own, from the built package: it exits by itself, or runs into the limit and fails.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 60_000 },
    )

    expect(stdout).toBe('a')
  })
})

describe('a store of machines that is closed', () => {
  it('leaves no handle open: with a promise, a callback, an observable and a child under way the process ends', async () => {
    const program = `
      import { createStore } from '@livestore-kv/actors'
      import { fromMachine } from '@livestore-kv/actors/xstate'
      import { createMachine, fromCallback, fromObservable, fromPromise } from 'xstate'
      const every = (tell) => {
        const timer = setInterval(tell, 1_000)
        return () => clearInterval(timer)
      }
      const children = [
        fromPromise(({ signal }) => new Promise(() => signal.addEventListener('abort', every(() => {})))),
        fromCallback(({ sendBack }) => every(() => sendBack({ type: 'tick' }))),
        fromObservable(() => ({ subscribe: ({ next }) => ({ unsubscribe: every(() => next(1)) }) })),
      ]
      const child = createMachine({ invoke: children.map((src) => ({ src })), after: { 3_600_000: {} } })
      const machine = createMachine({ invoke: [child, ...children].map((src) => ({ src })), after: { 3_600_000: {} } })
      const store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
      store.init()
      const open = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
      const before = open()
      await store.close()
      process.stdout.write([before, open()].join())
    `
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 60_000 },
    )

    // Nothing that is open keeps a timer of the store's own.
    expect(stdout).toBe('6,0')
  })
})

describe('a machine that fails by itself', () => {
  it.each([
    ['restart', 'active', [{ event: 'next', state: 'next' }]],
    ['remove', undefined, []],
    ['keep', 'active', [{ event: 'next', state: 'first' }]],
  ] as const)(
    'in a delay is dealt with by the policy too, though nobody asked: %s',
    async (policy, status, then) => {
      const boom = new Error('boom')
      const machine = setup({ types: { events: {} as { type: 'next' } } }).createMachine({
        initial: 'first',
        states: {
          first: {
            on: { next: 'next' },
            after: {
              10: {
                actions: () => {
                  throw boom
                },
              },
              20: 'late',
            },
          },
          next: {},
          late: {},
        },
      })
      const onError = vi.fn<(told: unknown) => void>()
      const clock = new FakeClock()
      const definition = fromMachine(machine, { name: 'm', revision: '1' })
      await using store = createStore(definition, { clock, onError, crash: { policy } })
      const key = store.init()

      clock.advance(10)

      expect(onError).toHaveBeenCalledExactlyOnceWith(boom)
      expect(store.fetch(key)?.value.status).toBe(status)
      // Only one that goes on has delays yet to come.
      expect(clock.pending).toBe(policy === 'restart' ? 1 : 0)
      for (const { event, state } of then) {
        await store.mutate(key, { type: event })
        expect(store.fetch(key)?.value.state).toBe(state)
      }
    },
  )

  it.each([
    ['of no type', {}],
    ['of a type that is no text', { type: 7 }],
    ['that is none', null],
  ])('because a child says something %s is no fault of who made the child say it', async (_, event) => {
    let say: (event: never) => void = () => undefined
    const child = fromCallback(({ sendBack }) => {
      say = sendBack
    })
    const machine = setup({ actors: { child } }).createMachine({ invoke: { src: 'child' } })
    const bare = createActor(machine)
    bare.subscribe({ error: () => {} })
    bare.start()
    say(event as never)
    const onError = vi.fn<(told: unknown) => void>()
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { onError, crash: { policy: 'remove' } })
    const key = store.init()

    say(event as never)

    expect([bare.getSnapshot().status, store.has(key), onError.mock.calls.length]).toEqual([
      'error',
      false,
      1,
    ])
  })

  it('is never restarted with an intensity of nothing', async () => {
    const { store, key } = family({ intensity: 0 })

    await errorOf(() => store.mutate(key, { type: 'throw' }))

    expect(store.has(key)).toBe(false)
    await store.close()
  })
})

describe('a machine that fails', () => {
  it('is restarted from its last good snapshot: its data, its delays with the time they had left, its children', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const { store, clock, key, begun, ended } = family({}, onError)
    await store.mutate(key, { type: 'begin' })
    clock.advance(30)

    const error = await errorOf(() => store.mutate(key, { type: 'throw' }))

    expect(error).toMatchObject({ message: 'thrown' })
    expect(onError).toHaveBeenCalledExactlyOnceWith(error)
    expect(store.fetch(key)).toMatchObject({ version: 2, value: { state: 'busy', context: { count: 1 } } })
    expect(begun()).toEqual({ promises: 2, callbacks: 2 })
    expect(ended()).toEqual(['promise aborted', 'callback ended', 'grandchild ended'])
    clock.advance(69)
    expect(store.fetch(key)?.value.state).toBe('busy')
    clock.advance(1)
    expect(store.fetch(key)?.value.state).toBe('late')
    await store.close()
  })

  it('because a child failed begins that child again, with the input that it had, and the others with it', async () => {
    const inputs: unknown[] = []
    let siblings = 0
    const rejects: ((error: unknown) => void)[] = []
    const machine = setup({
      actors: {
        load: fromPromise(({ input }: { input: { id: number } }) => {
          inputs.push(input)
          return new Promise((_, reject) => {
            rejects.push(reject)
          })
        }),
      },
    }).createMachine({
      invoke: [{ src: 'load', input: { id: 7 } }, { src: fromCallback(() => void siblings++) }],
    })
    const onError = vi.fn<(told: unknown) => void>()
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), {
      onError,
      clock: new FakeClock(),
    })
    const key = store.init()

    rejects[0]?.(new Error('first'))
    await vi.waitFor(() => expect(inputs).toEqual([{ id: 7 }, { id: 7 }]))
    rejects[1]?.(new Error('second'))
    await vi.waitFor(() => expect(inputs).toHaveLength(3))

    expect(onError).toHaveBeenCalledTimes(2)
    expect([store.fetch(key)?.version, siblings]).toEqual([1, 3])
  })

  it('more often than intensity within periodMs is removed as crashed; what is past the period does not count', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const { store, clock, key } = family({ intensity: 2, periodMs: 1_000 }, onError)
    const told: string[] = []
    store.watch(key)?.onUpdate((update) => told.push(update.type === 'remove' ? update.reason : update.type))
    const fail = (): Promise<unknown> => errorOf(() => store.mutate(key, { type: 'throw' }))

    await fail()
    await fail()
    clock.advance(1_000)
    await fail()
    await fail()
    expect(store.has(key)).toBe(true)
    await fail()

    expect([told, onError.mock.calls.length]).toEqual([['crashed'], 5])
    expect(await store.mutate(key, { type: 'throw' })).toBeUndefined()
    await store.close()
  })

  it('is kept as it stood under the policy keep: with its delays, its children, and what waited', async () => {
    const { store, clock, key, begun } = family({ policy: 'keep' })
    await store.mutate(key, { type: 'begin' })
    clock.advance(30)
    await errorOf(() => store.mutate(key, { type: 'throw' }))
    clock.advance(1_000)

    await store.assign(key, JSON.parse(JSON.stringify(store.saved(key))) as SavedMachine)

    expect(begun()).toEqual({ promises: 2, callbacks: 2 })
    clock.advance(69)
    expect(store.fetch(key)?.value.state).toBe('busy')
    clock.advance(1)
    expect([store.fetch(key)?.value.state, store.saved(key)?.value]).toEqual(['late', 'late'])
    await store.close()
  })

  it('carries out nothing that waited for a guard once it is kept', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    let send: ((event: { type: 'note' }) => void) | undefined
    const machine = setup({
      types: { events: {} as { type: 'note' | 'throw' } },
      actors: {
        source: fromCallback(({ sendBack }) => {
          send = sendBack
        }),
      },
    }).createMachine({
      invoke: { src: 'source' },
      on: {
        note: { actions: () => {} },
        throw: {
          actions: () => {
            throw new Error('thrown')
          },
        },
      },
    })
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { onError: () => {}, crash: { policy: 'keep' } })
    const key = store.init()
    const guard = await store.acquire(key)
    send?.({ type: 'note' })
    await errorOf(() => guard?.mutate({ type: 'throw' }))

    guard?.release()
    expect([store.fetch(key)?.version, warn.mock.calls]).toEqual([1, []])

    // It is still known what waited.
    await store.assign(key, store.saved(key) as SavedMachine)
    expect(store.fetch(key)?.version).toBe(3)
  })

  it('is removed as crashed under the policy remove, and its guard is lost', async () => {
    const { store, key } = family({ policy: 'remove' })
    const guard = await store.acquire(key)

    expect(() => guard?.mutate({ type: 'throw' })).toThrow('thrown')

    expect([store.has(key), guard?.signal.aborted]).toEqual([false, true])
    await store.close()
  })

  it('stays as it was under the policy keep, accepts nothing, and lives again when it is overwritten', async () => {
    const { store, key } = family({ policy: 'keep' })
    const saved = store.saved(key)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await errorOf(() => store.mutate(key, { type: 'throw' }))

    expect(store.fetch(key)).toMatchObject({ version: 1, value: { state: 'idle', status: 'active' } })
    expect(await store.mutate(key, { type: 'begin' })).toEqual({ ok: false, error: 'not-accepted' })
    expect(warn).not.toHaveBeenCalled()
    expect(store.saved(key)).toEqual(saved)
    if (saved) await store.assign(key, saved)

    expect(await store.mutate(key, { type: 'begin' })).toMatchObject({ ok: true })
    await store.close()
  })

  it('because select throws is dealt with in the same way', async () => {
    const machine = setup({ types: { events: {} as { type: 'go' } } }).createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: {} },
    })
    const definition = fromMachine(machine, {
      name: 'm',
      revision: '1',
      select: ({ value }) => {
        if (value === 'b') throw new Error('no b')
        return value
      },
    })
    await using store = createStore(definition, { onError: () => {} })
    const key = store.init()

    expect(await errorOf(() => store.mutate(key, { type: 'go' }))).toMatchObject({ message: 'no b' })

    expect([store.fetch(key)?.value, store.actor(key)?.getSnapshot().value]).toEqual(['a', 'a'])
  })

  it.each(['restart', 'keep'] as const)(
    'because select throws has done nothing of the change: its delays and its children are those that it had: %s',
    async (policy) => {
      const lines: string[] = []
      const machine = setup({
        types: { events: {} as { type: 'go' } },
        actors: {
          child: fromCallback(() => {
            lines.push('begun')
            return () => void lines.push('ended')
          }),
        },
      }).createMachine({
        initial: 'a',
        states: {
          a: { invoke: { src: 'child' }, after: { 1_000: 'late' }, on: { go: 'b' } },
          b: { invoke: { src: 'child' }, after: { 500: 'late' } },
          late: {},
        },
      })
      const select = ({ value }: { value: unknown }): unknown => {
        if (value === 'b') throw new Error('no b')
        return value
      }
      const clock = new FakeClock()
      const definition = fromMachine(machine, { name: 'm', revision: '1', select })
      await using store = createStore(definition, { clock, onError: () => {}, crash: { policy } })
      const key = store.init()
      clock.advance(300)

      await errorOf(() => store.mutate(key, { type: 'go' }))
      if (policy === 'keep') await store.assign(key, store.saved(key) as SavedMachine)

      expect([store.fetch(key)?.value, lines]).toEqual(['a', ['begun', 'ended', 'begun']])
      clock.advance(699)
      expect(store.fetch(key)?.value).toBe('a')
      clock.advance(1)
      expect(store.fetch(key)?.value).toBe('late')
      expect([lines.at(-1), clock.pending]).toEqual(['ended', 0])
    },
  )
})

/** A machine with a delay, a promise, a callback and a grandchild, and a way to fail. */
function family(crash: CrashOptions = {}, onError: (error: unknown) => void = () => {}) {
  const lines: string[] = []
  const begun = { promises: 0, callbacks: 0 }
  const machine = setup({
    types: { context: {} as { count: number }, events: {} as { type: 'begin' | 'throw' | 'finish' } },
    actors: {
      endless: fromPromise(({ signal }) => {
        begun.promises++
        signal.addEventListener('abort', () => lines.push('promise aborted'))
        return new Promise(() => {})
      }),
      listener: fromCallback(() => {
        begun.callbacks++
        return () => void lines.push('callback ended')
      }),
      parent: setup({
        actors: { grandchild: fromCallback(() => () => void lines.push('grandchild ended')) },
      }).createMachine({ invoke: { src: 'grandchild' }, after: { 5_000: {} } }),
    },
  }).createMachine({
    context: { count: 0 },
    initial: 'idle',
    on: {
      throw: {
        actions: () => {
          throw new Error('thrown')
        },
      },
    },
    states: {
      idle: { on: { begin: { target: 'busy', actions: assign({ count: 1 }) } } },
      busy: {
        invoke: [{ src: 'endless' }, { src: 'listener' }, { src: 'parent' }],
        after: { 100: 'late' },
        on: { finish: 'end' },
      },
      late: {},
      end: { type: 'final' },
    },
  })
  const clock = new FakeClock()
  const store = createStore(fromMachine(machine, { name: 'family', revision: '1' }), {
    clock,
    crash,
    onError,
  })
  const key = store.init()
  return { store, clock, key, ended: () => lines, begun: () => ({ ...begun }) }
}
