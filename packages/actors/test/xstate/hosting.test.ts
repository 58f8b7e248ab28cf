import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import { assign, emit, fromPromise, setup } from 'xstate'

const order = fromMachine(
  setup({
    types: {
      context: {} as { item: string; total: number },
      events: {} as { type: 'pay'; amount: number } | { type: 'ship' } | { type: 'cheer' },
      emitted: {} as { type: 'paid'; amount: number },
      input: {} as { item: string },
      output: {} as { item: string },
    },
  }).createMachine({
    context: ({ input }) => ({ item: input.item, total: 0 }),
    initial: 'open',
    output: ({ context }) => ({ item: context.item }),
    states: {
      open: {
        on: {
          pay: {
            guard: ({ event }) => event.amount > 0,
            target: 'paid',
            actions: [
              assign({ total: ({ event }) => event.amount }),
              emit(({ event }) => ({ type: 'paid', amount: event.amount })),
            ],
          },
          cheer: { actions: () => {} },
        },
        after: { 1_000: 'expired' },
      },
      paid: { tags: 'busy', on: { ship: 'shipped' } },
      shipped: { type: 'final' },
      expired: {},
    },
  }),
  { name: 'order', revision: '1', can: ['pay', 'ship'] },
)

describe('smoke', () => {
  it('works', async () => {
    const clock = new FakeClock()
    await using store = createStore(order, { clock })
    const key = store.init({ item: 'book' })
    const updates: unknown[] = []
    store.watch(key)?.onUpdate((update) => updates.push(update))
    console.log(store.fetch(key))
    console.log(await store.mutate(key, { type: 'ship' }), await store.mutate(key, { type: 'cheer' }))
    await store.mutate(key, { type: 'pay', amount: 3 })
    console.log(JSON.stringify(store.fetch(key)))
    const other = store.init({ item: 'x' })
    clock.advance(1_000)
    console.log(store.fetch(other)?.value.state, clock.pending)
    console.log(await store.mutate(key, { type: 'ship' }))
    console.log(updates)
    expect(store.has(key)).toBe(false)
  })
})
