import { defineValue } from '../definition.ts'
import type { Definition } from '../definition.ts'
import { ok, refuse } from '../result.ts'

/** The kind of value that the conformance suite stores. */
export interface FooTypes {
  name: 'foo'
  value: { bar: number; baz: number }
  mutation: { type: 'setBar'; bar: number } | { type: 'setBaz'; baz: number } | { type: 'explode' }
  message: { type: 'sendBar' }
  error: 'bar-was-42'
}

/** What the handler of `explode` throws. */
export const explosion = new Error('boom')

/** The definition that the conformance suite runs on: it accepts, refuses 42, and explodes. */
export const foo: Definition<FooTypes> = defineValue<FooTypes>({
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
