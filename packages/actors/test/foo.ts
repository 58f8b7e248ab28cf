import { defineValue, ok, refuse } from '@livestore-kv/core'

export interface FooTypes {
  name: 'foo'
  value: { bar: number; baz: number }
  mutation: { type: 'setBar'; bar: number } | { type: 'setBaz'; baz: number } | { type: 'explode' }
  message: { type: 'sendBar' }
  error: 'bar-was-42'
}

export const explosion = new Error('boom')

export const foo = defineValue<FooTypes>({
  name: 'foo',
  revision: '1',
  mutations: {
    setBar: (value, { bar }) => (bar === 42 ? refuse('bar-was-42') : ok({ ...value, bar })),
    setBaz: (value, { baz }) => ok({ ...value, baz }),
    explode: () => {
      throw explosion
    },
  },
})
