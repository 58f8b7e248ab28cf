import { fromMachine } from '@livestore-kv/actors/xstate'
import { assign, setup } from 'xstate'

/** A lifecycle as users write them: some states, a guard, data, and a time limit. */
export const orderMachine = setup({
  types: {
    context: {} as { total: number; changes: number },
    events: {} as { type: 'add'; price: number } | { type: 'pay' } | { type: 'refund' },
    input: {} as { total: number },
  },
}).createMachine({
  context: ({ input }) => ({ total: input.total, changes: 0 }),
  initial: 'open',
  states: {
    open: {
      on: {
        add: {
          guard: ({ event }) => event.price > 0,
          actions: assign(({ context, event }) => ({
            total: context.total + event.price,
            changes: context.changes + 1,
          })),
        },
        pay: 'paid',
      },
    },
    paid: { after: { 60_000: 'late' }, on: { refund: 'open' } },
    late: { on: { refund: 'open' } },
  },
})

export const order = fromMachine(orderMachine, { name: 'order', revision: '1' })
