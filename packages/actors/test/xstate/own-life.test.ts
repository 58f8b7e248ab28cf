import { createStore } from '@livestore-kv/actors'
import type { LiveValueTypes, Update } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { MachineStoreOptions, SavedMachine } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import { assign, cancel, emit, fromCallback, fromPromise, fromTransition, raise, sendTo, setup } from 'xstate'
import { describe, expect, it, vi } from 'vitest'

describe('the own life of a machine', () => {
  it('makes one version and one transition update of a delay that is over, with its cause', async () => {
    const { store, clock, told } = lab()

    clock.advance(100)

    expect(told()).toEqual([['transition', 'delay', 2, 'late']])
    await store.close()
  })

  it('makes one of a promise that resolves or rejects, and of what a child sends', async () => {
    const { store, key, told, settle, child } = lab()
    await store.mutate(key, { type: 'load' })
    settle(true)
    await vi.waitFor(() => expect(store.fetch(key)?.version).toBe(3))
    await store.mutate(key, { type: 'load' })
    settle(false)
    await vi.waitFor(() => expect(store.fetch(key)?.version).toBe(5))

    child({ type: 'bump' })

    expect(told()).toEqual([
      ['mutate', undefined, 2, 'loading'],
      ['transition', 'done', 3, 'idle'],
      ['mutate', undefined, 4, 'loading'],
      ['transition', 'error', 5, 'idle'],
      ['transition', 'actor', 6, 'idle'],
    ])
    await store.close()
  })

  it('is heard by what its own actions listen to with self.on', async () => {
    const heard: unknown[] = []
    const machine = setup({
      types: { events: {} as { type: 'go' }, emitted: {} as { type: 'went' } },
    }).createMachine({
      entry: ({ self }) => void self.on('went', (event) => heard.push(event)),
      on: { go: { actions: emit({ type: 'went' }) } },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))

    await store.mutate(store.init(), { type: 'go' })

    expect(heard).toEqual([{ type: 'went' }])
  })

  it.each(['xstate.init', 'xstate.stop'])(
    'never sees %s, whoever sends it: that goes to onError',
    async (type) => {
      const onError = vi.fn<(told: unknown) => void>()
      const { store, clock, key, told, child } = lab({ onError })

      child({ type })
      await store.mutate(key, { type: 'forge', event: type })
      clock.advance(20)

      expect(onError.mock.calls).toMatchObject(Array(3).fill([{ code: 'UNKNOWN_MUTATION' }]))
      expect(told()).toEqual([['mutate', undefined, 2, 'idle']])
      expect(store.fetch(key)?.value.status).toBe('active')
      await store.close()
    },
  )

  it('makes no version of what no transition takes', async () => {
    const { store, key, told, child } = lab()

    child({ type: 'nobody' })

    expect([told(), store.fetch(key)?.version]).toEqual([[], 1])
    await store.close()
  })

  it('raises within the same version, and sends to itself the next one, ahead of waiting callers', async () => {
    const { store, key, told } = lab()
    const guard = await store.acquire(key)
    const first = store.mutate(key, { type: 'twice' })
    const second = store.mutate(key, { type: 'load' })

    guard?.release()
    await Promise.all([first, second])

    expect(told().filter(([type]) => type !== 'lock' && type !== 'unlock')).toEqual([
      // `twice` raises a bump, and sends itself two.
      ['mutate', undefined, 2, 'idle'],
      ['transition', 'actor', 3, 'idle'],
      ['transition', 'actor', 4, 'idle'],
      ['mutate', undefined, 5, 'loading'],
    ])
    expect(store.fetch(key)?.value.context.bumps).toBe(3)
    await store.close()
  })

  it('waits while a guard is held, outside mailboxCapacity, and goes on in order when it is released', async () => {
    const { store, clock, key, told, child } = lab({ mailboxCapacity: 1 })
    const guard = await store.acquire(key)
    const waiting = store.mutate(key, { type: 'load' })

    for (let times = 0; times < 3; times++) child({ type: 'bump' })
    clock.advance(100)
    expect(store.fetch(key)).toMatchObject({ version: 1, value: { state: 'idle', context: { bumps: 0 } } })
    expect(guard?.mutate({ type: 'bump' })).toMatchObject({ ok: true, value: { version: 2 } })
    guard?.release()

    expect(await waiting).toEqual({ ok: false, error: 'not-accepted' })
    expect(told().filter(([type]) => type === 'transition')).toEqual([
      ['transition', 'actor', 3, 'idle'],
      ['transition', 'actor', 4, 'idle'],
      ['transition', 'actor', 5, 'idle'],
      ['transition', 'delay', 6, 'late'],
    ])
    await store.close()
  })

  it('waits again for a guard that a listener acquires in between', async () => {
    const { store, key, child } = lab()
    const guard = await store.acquire(key)
    child({ type: 'bump' })
    child({ type: 'bump' })
    const next: { release: () => void }[] = []
    store.watch(key)?.onUpdate(({ type }) => {
      const acquired = type === 'transition' && next.length === 0 ? store.tryAcquire(key) : undefined
      if (acquired) next.push(acquired)
    })

    guard?.release()
    expect(store.fetch(key)).toMatchObject({ version: 2, value: { context: { bumps: 1 } } })
    next[0]?.release()

    expect(store.fetch(key)).toMatchObject({ version: 3, value: { context: { bumps: 2 } } })
    await store.close()
  })

  it('is not carried out if what it came of was left under the guard meanwhile: a delay, a promise, what it told', async () => {
    for (const happens of ['delay', 'done', 'error', 'snapshot']) {
      const { store, clock, key, settle } = trial()
      await store.mutate(key, { type: 'go' })
      const guard = await store.acquire(key)
      if (happens === 'delay') clock.advance(100)
      else if (happens === 'snapshot') await store.mutate(key, { type: 'poke' }, { token: guard?.token ?? 0 })
      else settle(happens === 'done')
      await new Promise((resolve) => setImmediate(resolve))

      guard?.mutate({ type: 'cancel' })
      guard?.mutate({ type: 'go' })
      guard?.release()

      expect([happens, store.fetch(key)?.value.state]).toEqual([happens, 'trying'])
      clock.advance(100)
      expect(store.fetch(key)?.value.state).toBe('late')
      await store.close()
    }
  })

  it('is cancelled by its name while it waits, and not by the name of another that began later', async () => {
    const clock = new FakeClock()
    const rung: number[] = []
    const machine = setup({
      types: { events: {} as { type: 'plan' | 'drop' } | { type: 'due'; id: number } },
    }).createMachine({
      on: {
        plan: { actions: raise(() => ({ type: 'due', id: clock.now() }) as const, { delay: 10, id: 'due' }) },
        drop: { actions: cancel('due') },
        due: { actions: ({ event }) => void rung.push(event.id) },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
    const key = store.init()
    const start = clock.now()

    await store.mutate(key, { type: 'plan' })
    let guard = await store.acquire(key)
    clock.advance(10)
    guard?.mutate({ type: 'drop' })
    guard?.release()
    expect(rung).toEqual([])

    await store.mutate(key, { type: 'plan' })
    guard = await store.acquire(key)
    clock.advance(10)
    guard?.mutate({ type: 'plan' })
    guard?.mutate({ type: 'drop' })
    guard?.release()
    clock.advance(10)
    expect(rung).toEqual([start + 10])
  })

  it('is bounded by jobCapacity while a guard is held: past it the machine fails with MAILBOX_FULL', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const { store, key, child } = lab({ jobCapacity: 2, onError, crash: { policy: 'remove' } })
    const guard = await store.acquire(key)

    for (let times = 0; times < 3; times++) child({ type: 'bump' })

    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'MAILBOX_FULL' }))
    expect([store.has(key), guard?.signal.aborted]).toEqual([false, true])
    await store.close()
  })

  it('resets the idle clock of its entry', async () => {
    const { store, clock, key } = lab({ expiry: { timeoutMs: 150, sweepMs: 10 } })

    clock.advance(100)
    clock.advance(100)
    expect(store.has(key)).toBe(true)
    clock.advance(100)

    expect(store.has(key)).toBe(false)
    await store.close()
  })

  it('ends due delays in slices, and lets other work in between two of them', async () => {
    const clock = new FakeClock()
    await using store = createStore(ticking(), { clock })
    for (let times = 0; times < 200; times++) store.init()
    const late = (): number => [...store.entries()].filter(({ value }) => value.state === 'late').length

    const counts: number[] = []
    while (clock.pending > 0) {
      clock.step()
      counts.push(late())
    }

    expect(counts).toEqual([64, 128, 192, 200])
  })

  it('keeps the order of delays that are due at once, and clears its timer when there are none', async () => {
    const clock = new FakeClock()
    const fired: number[] = []
    const machine = setup({
      types: {
        events: {} as
          | { type: 'plan'; id: number; ms: number }
          | { type: 'due'; id: number }
          | { type: 'drop'; id: number },
      },
    }).createMachine({
      on: {
        plan: {
          actions: raise(({ event }) => ({ type: 'due', id: event.id }) as const, {
            delay: ({ event }) => event.ms,
            id: 'due',
          }),
        },
        drop: { actions: cancel('due') },
        due: { actions: ({ event }) => void fired.push(event.id) },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
    const keys = Array.from({ length: 40 }, () => store.init())
    const delays = keys.map((_, id) => 10 + ((id * 7) % 5))
    for (const [id, key] of keys.entries()) await store.mutate(key, { type: 'plan', id, ms: delays[id] ?? 0 })
    for (const [id, key] of keys.entries()) if (id % 3 === 0) await store.mutate(key, { type: 'drop', id })

    clock.advance(100)

    const expected = keys.flatMap((_, id) => (id % 3 === 0 ? [] : [id]))
    expect(fired).toEqual(expected.sort((a, b) => (delays[a] ?? 0) - (delays[b] ?? 0) || a - b))
    expect(clock.pending).toBe(0)
  })
})

describe('a delay whose target throws', () => {
  it('goes to onError, and holds up no other', async () => {
    const boom = new Error('boom')
    const broken = {
      _send: () => {
        throw boom
      },
    }
    const machine = setup({}).createMachine({
      entry: sendTo(broken as never, { type: 'hello' } as never, { delay: 10 }),
      initial: 'early',
      states: { early: { after: { 10: 'late' } }, late: {} },
    })
    const onError = vi.fn<(told: unknown) => void>()
    const clock = new FakeClock()
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock, onError })
    const keys = [store.init(), store.init()]

    clock.advance(10)

    expect(onError.mock.calls).toEqual([[boom], [boom]])
    expect(keys.map((key) => store.fetch(key)?.value.state)).toEqual(['late', 'late'])
  })
})

describe('a delay that is no time', () => {
  it.each([NaN, -1, 0])('is over at once, and disturbs no other: %s', async (ms) => {
    const clock = new FakeClock()
    const machine = setup({
      types: { input: {} as { ms: number }, context: {} as { ms: number } },
      delays: { given: ({ context }) => context.ms },
    }).createMachine({
      context: ({ input }) => input,
      initial: 'early',
      states: { early: { after: { given: 'late' } }, late: {} },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }), { clock })
    const delays = [30, ms, 20, ms, 10, 40]
    const keys = delays.map((each) => store.init({ ms: each }))
    const late = (): number[] => delays.filter((_, at) => store.fetch(keys[at] ?? '')?.value.state === 'late')

    clock.advance(0)
    expect(late()).toEqual([ms, ms])
    clock.advance(20)
    expect(late()).toEqual([ms, 20, ms, 10])
    clock.advance(20)

    expect(late()).toEqual(delays)
  })
})

describe('a store call from inside a machine', () => {
  it('waits its turn behind the change if it has one, and takes effect at once if not', async () => {
    const order: string[] = []
    const machine = setup({ types: { events: {} as { type: 'outer' | 'inner' } } }).createMachine({
      on: {
        outer: {
          actions: () => {
            void store.mutate(key, { type: 'inner' }).then(() => order.push('inner answered'))
            order.push(`version ${store.fetch(key)?.version}`, `guard ${typeof store.tryAcquire(key)}`)
          },
        },
        inner: { actions: () => void order.push('inner acts') },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init()

    const outer = await store.mutate(key, { type: 'outer' })
    await vi.waitFor(() => expect(order).toHaveLength(4))

    expect(outer).toMatchObject({ value: { version: 2 } })
    expect(order).toEqual(['version 1', 'guard undefined', 'inner acts', 'inner answered'])
    expect(store.fetch(key)?.version).toBe(3)
  })

  it('waits its turn too where the machine moves by itself after a guard was released', async () => {
    let send: ((event: { type: 'outer' }) => void) | undefined
    const answers: unknown[] = []
    const machine = setup({
      types: { events: {} as { type: 'outer' | 'inner' } },
      actors: {
        source: fromCallback(({ sendBack }) => {
          send = sendBack
        }),
      },
    }).createMachine({
      invoke: { src: 'source' },
      on: {
        outer: {
          actions: () => void store.mutate(key, { type: 'inner' }).then((answer) => answers.push(answer)),
        },
        inner: { actions: () => {} },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init()
    const guard = await store.acquire(key)
    send?.({ type: 'outer' })

    guard?.release()
    await vi.waitFor(() => expect(answers).toHaveLength(1))

    expect(answers).toMatchObject([{ ok: true, value: { version: 3 } }])
  })

  it('under the guard of the entry that is just changing throws REENTRANT, and removing it ends the change', async () => {
    const errors: unknown[] = []
    const machine = setup({ types: { events: {} as { type: 'again' | 'end' } } }).createMachine({
      on: {
        again: {
          actions: () => {
            try {
              guard?.mutate({ type: 'again' })
            } catch (error) {
              errors.push(error)
            }
          },
        },
        end: { actions: () => void guard?.remove() },
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    const key = store.init()
    const guard = await store.acquire(key)

    expect(guard?.mutate({ type: 'again' })).toMatchObject({ ok: true })
    expect(() => guard?.mutate({ type: 'end' })).toThrow(expect.objectContaining({ code: 'GUARD_RELEASED' }))

    expect(errors).toMatchObject([{ code: 'REENTRANT' }])
    expect(store.count()).toBe(0)
  })

  it('under the guard of the entry that is just beginning anew throws REENTRANT', async () => {
    const errors: unknown[] = []
    const machine = setup({
      types: { events: {} as { type: 'go' } },
      actors: {
        eager: fromCallback(() => {
          try {
            guard?.mutate({ type: 'go' })
          } catch (error) {
            errors.push(error)
          }
        }),
      },
    }).createMachine({ invoke: { src: 'eager' }, on: { go: { actions: () => {} } } })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))
    let guard: { mutate(event: { type: 'go' }): unknown } | undefined
    const key = store.init()
    using held = await store.acquire(key)
    guard = held

    held?.set(store.saved(key) as SavedMachine)

    expect(errors).toMatchObject([{ code: 'REENTRANT' }])
    expect(store.fetch(key)?.version).toBe(2)
  })

  it('may create entries, and read its own key as the id of its actor', async () => {
    const made: string[] = []
    const machine = setup({}).createMachine({
      entry: ({ self }) => {
        made.push(self.id)
        if (made.length < 3) store.init()
      },
    })
    await using store = createStore(fromMachine(machine, { name: 'm', revision: '1' }))

    const key = store.init()

    expect(made[0]).toBe(key)
    expect([...store.keys()].sort()).toEqual([...made].sort())
  })
})

/** Tries for at most 100 ms, with a promise and a child that says how far it is, and can be told to stop. */
function trial() {
  const settlers: ((resolves: boolean) => void)[] = []
  const machine = setup({
    types: { events: {} as { type: 'go' | 'cancel' | 'poke' } },
    actors: {
      attempt: fromPromise(
        () =>
          new Promise((resolve, reject) => {
            settlers.push((resolves) => (resolves ? resolve(1) : reject(new Error('no'))))
          }),
      ),
      progress: fromTransition((count: number) => count + 1, 0),
    },
  }).createMachine({
    initial: 'idle',
    states: {
      idle: { on: { go: 'trying' } },
      trying: {
        invoke: [
          { src: 'attempt', onDone: 'done', onError: 'failed' },
          {
            id: 'progress',
            src: 'progress',
            onSnapshot: { guard: ({ event }) => event.snapshot.context > 0, target: 'going' },
          },
        ],
        after: { 100: 'late' },
        on: { cancel: 'idle', poke: { actions: sendTo('progress', { type: 'poke' }) } },
      },
      done: {},
      failed: {},
      going: {},
      late: {},
    },
  })
  const clock = new FakeClock()
  const store = createStore(fromMachine(machine, { name: 'trial', revision: '1' }), { clock })
  return { store, clock, key: store.init(), settle: (resolves: boolean) => settlers.at(-1)?.(resolves) }
}

function ticking() {
  const machine = setup({}).createMachine({
    initial: 'early',
    states: { early: { after: { 100: 'late' } }, late: {} },
  })
  return fromMachine(machine, { name: 'ticking', revision: '1' })
}

/** One entry with a delay, a promise and a child, on a clock that stands still. */
function lab(
  options: Pick<
    MachineStoreOptions<LiveValueTypes>,
    'mailboxCapacity' | 'jobCapacity' | 'onError' | 'crash' | 'expiry'
  > = {},
) {
  const settlers: ((resolves: boolean) => void)[] = []
  let child: ((event: { type: string }) => void) | undefined
  const machine = setup({
    types: {
      context: {} as { bumps: number },
      events: {} as { type: 'load' | 'bump' | 'twice' } | { type: 'forge'; event: string },
    },
    actors: {
      load: fromPromise(
        () =>
          new Promise((resolve, reject) => {
            settlers.push((resolves) => (resolves ? resolve('data') : reject(new Error('no data'))))
          }),
      ),
      talker: fromCallback(({ sendBack }) => {
        child = sendBack
      }),
    },
  }).createMachine({
    context: { bumps: 0 },
    initial: 'idle',
    invoke: { src: 'talker' },
    on: {
      bump: { actions: assign({ bumps: ({ context }) => context.bumps + 1 }) },
      forge: {
        actions: [
          ({ self, event }) => self.send({ type: event.event } as never),
          raise(({ event }) => ({ type: event.event }) as never, { delay: 10 }),
        ],
      },
      twice: {
        actions: [
          sendTo(({ self }) => self, { type: 'bump' }),
          ({ self }) => self.send({ type: 'bump' }),
          raise({ type: 'bump' }),
        ],
      },
    },
    states: {
      idle: { on: { load: 'loading' }, after: { 100: 'late' } },
      loading: { invoke: { src: 'load', onDone: 'idle', onError: 'idle' } },
      late: {},
    },
  })
  const clock = new FakeClock()
  const store = createStore(fromMachine(machine, { name: 'lab', revision: '1' }), {
    ...options,
    clock,
  } as object)
  const key = store.init()
  const updates: Update<LiveValueTypes>[] = []
  store.watch(key)?.onUpdate((update) => updates.push(update as Update<LiveValueTypes>))
  return {
    store,
    clock,
    key,
    settle: (resolves: boolean) => settlers.at(-1)?.(resolves),
    child: (event: { type: string }) => child?.(event),
    told: () => updates.map(summary),
  }
}

function summary(update: Update<LiveValueTypes>): unknown[] {
  if (update.type !== 'transition' && update.type !== 'mutate') return [update.type]
  const { version, value } = update.new
  return [
    update.type,
    update.type === 'transition' ? update.cause : undefined,
    version,
    (value as { state: string }).state,
  ]
}
