import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { MachineStoreOptions } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import { assign, fromPromise, setup } from 'xstate'
import { describe, expect, it, vi } from 'vitest'

describe('a machine that never comes to rest', () => {
  it('by sending to itself takes a breath after a thousand jobs: other entries and callers get their turns', async () => {
    const { store, clock } = runaway()
    const [key, other] = [store.init(), store.init()]

    await store.mutate(key, { type: 'run' })
    const counts = [countOf(store.fetch(key))]
    clock.step()
    counts.push(countOf(store.fetch(key)))
    await store.mutate(other, { type: 'count' })
    await store.mutate(key, { type: 'stop' })
    clock.step()

    // The mutation, and a thousand that follow from it a turn.
    expect([...counts, countOf(store.fetch(key))]).toEqual([1_001, 2_001, 2_001])
    expect(countOf(store.fetch(other))).toBe(1)
    expect([store.fetch(key)?.value.state, clock.pending]).toEqual(['stopped', 0])
    await store.close()
  })

  it('because its promises settle at once takes one too', async () => {
    const { store, clock } = runaway()
    const key = store.init()

    await store.mutate(key, { type: 'poll' })
    await turn()
    const first = countOf(store.fetch(key))
    clock.step()
    await turn()

    expect([first, countOf(store.fetch(key))]).toEqual([1_000, 2_000])
    await store.close()
  })

  it('is ended with its entry, in the middle of a breath', async () => {
    const { store, clock } = runaway()
    const key = store.init()
    await store.mutate(key, { type: 'run' })
    expect(clock.pending).toBe(1)

    await store.remove(key)

    expect(clock.pending).toBe(0)
    await store.close()
  })

  it('goes on after its breath when a guard is released, not before', async () => {
    const { store, clock } = runaway()
    const key = store.init()
    await store.mutate(key, { type: 'run' })
    const guard = await store.acquire(key)
    clock.step()
    expect([countOf(store.fetch(key)), clock.pending]).toEqual([1_001, 0])

    guard?.release()

    expect(countOf(store.fetch(key))).toBeGreaterThan(2_000)
    expect(clock.pending).toBe(1)
    await store.close()
  })

  it('and sends itself ever more fails with MAILBOX_FULL, as the policy of its store says', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const { store, clock } = runaway({ onError, crash: { policy: 'remove' } })
    const key = store.init()

    await store.mutate(key, { type: 'grow' })
    while (clock.pending > 0) clock.step()

    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'MAILBOX_FULL' }))
    expect(store.has(key)).toBe(false)
    await store.close()
  })
})

describe('a machine that sends itself much', () => {
  it.each([
    ['five thousand at once', 'fan', 5_001],
    ['one after the other, nine hundred times', 'chain', 901],
  ] as const)('has done it all when its caller is answered, as in XState: %s', async (_, type, count) => {
    const { store, clock } = runaway()
    const key = store.init()

    await store.mutate(key, { type })

    expect([countOf(store.fetch(key)), clock.pending]).toEqual([count, 0])
    await store.close()
  })

  it('is not delayed by what it did before: every beginning has its own thousand', async () => {
    const { store, clock } = runaway()
    const key = store.init()

    for (let times = 0; times < 3; times++) await store.mutate(key, { type: 'chain' })

    expect([countOf(store.fetch(key)), clock.pending]).toEqual([2_703, 0])
    await store.close()
  })

  it('fails with MAILBOX_FULL if a guard makes more than jobCapacity of it wait', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const { store } = runaway({ onError, jobCapacity: 4_999 })
    const key = store.init()
    using guard = await store.acquire(key)

    expect(guard?.mutate({ type: 'fan' })).toMatchObject({ ok: true })

    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'MAILBOX_FULL' }))
    guard?.release()
    expect(countOf(store.fetch(key))).toBe(1)
    await store.close()
  })
})

function runaway(options: Pick<MachineStoreOptions<never>, 'onError' | 'crash' | 'jobCapacity'> = {}) {
  const machine = setup({
    types: {
      context: {} as { count: number },
      events: {} as { type: 'run' | 'count' | 'stop' | 'poll' | 'grow' | 'fan' | 'chain' },
    },
    actors: { nothing: fromPromise(() => Promise.resolve()) },
    actions: { count: assign({ count: ({ context }) => context.count + 1 }) },
  }).createMachine({
    context: { count: 0 },
    initial: 'calm',
    states: {
      calm: {
        on: {
          count: { actions: 'count' },
          run: { actions: ['count', ({ self }) => self.send({ type: 'run' })] },
          grow: { actions: ['count', ({ self }) => [1, 2].forEach(() => self.send({ type: 'grow' }))] },
          fan: {
            actions: [
              'count',
              ({ self }) => Array.from({ length: 5_000 }).forEach(() => self.send({ type: 'count' })),
            ],
          },
          chain: {
            actions: [
              'count',
              ({ context, self }) => context.count % 901 > 0 && self.send({ type: 'chain' }),
            ],
          },
          stop: 'stopped',
          poll: 'polling',
        },
      },
      polling: {
        invoke: { src: 'nothing', onDone: { target: 'polling', reenter: true, actions: 'count' } },
      },
      stopped: {},
    },
  })
  const clock = new FakeClock()
  const definition = fromMachine(machine, { name: 'runaway', revision: '1' })
  return { clock, store: createStore(definition, { clock, ...(options as object) }) }
}

function countOf(entry: { readonly value: { readonly context: { readonly count: number } } } | undefined) {
  return entry?.value.context.count
}

/** Promises have settled, and whatever followed from them. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
