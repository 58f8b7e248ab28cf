import { fromMachine } from '@livestore-kv/actors/xstate'
import { assign, emit, setup } from 'xstate'

/** The lifecycle of an order, with a guard, data, something to say, a time limit and an end. */
export const order = fromMachine(
  setup({
    types: {
      context: {} as { item: string; paid: number },
      events: {} as
        | { type: 'pay'; amount: number }
        | { type: 'ship' }
        | { type: 'note' }
        | { type: 'greet' }
        | { type: 'recheck' },
      emitted: {} as { type: 'paid'; amount: number } | { type: 'hello' },
      input: {} as { item: string },
      output: {} as { item: string },
    },
  }).createMachine({
    context: ({ input }) => ({ item: input.item, paid: 0 }),
    initial: 'open',
    output: ({ context }) => ({ item: context.item }),
    on: {
      note: { actions: () => {} },
      greet: { actions: emit({ type: 'hello' }) },
    },
    states: {
      open: {
        tags: 'new',
        on: {
          recheck: { target: 'open', reenter: true },
          pay: {
            guard: ({ event }) => event.amount.toFixed(2) !== '0.00',
            target: 'paid',
            actions: [
              assign({ paid: ({ event }) => event.amount }),
              emit(({ event }) => ({ type: 'paid', amount: event.amount })),
            ],
          },
        },
        after: { 1_000: 'lapsed' },
      },
      paid: { on: { ship: 'shipped', note: {} } },
      lapsed: {},
      shipped: { type: 'final' },
    },
  }),
  { name: 'order', revision: '1', can: ['pay', 'ship', 'recheck'] },
)
