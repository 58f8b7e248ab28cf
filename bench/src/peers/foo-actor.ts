import { assign, createActor, setup } from 'xstate'
import type { ActorRefFrom } from 'xstate'

interface Foo {
  readonly bar: number
  readonly baz: number
}

const machine = setup({
  types: {
    context: {} as Foo,
    input: {} as Foo,
    events: {} as { type: 'setBar'; bar: number },
  },
}).createMachine({
  context: ({ input }) => input,
  on: {
    setBar: {
      guard: ({ event }) => event.bar !== 42,
      actions: assign({ bar: ({ event }) => event.bar }),
    },
  },
})

export type FooActor = ActorRefFrom<typeof machine>

/** A started XState actor that holds one value and takes the same mutation. */
export function fooActor(input: Foo): FooActor {
  return createActor(machine, { input }).start()
}
