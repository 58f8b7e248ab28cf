import { defineValue, ok, refuse } from '@livestore-kv/core'
import { createStore } from '@livestore-kv/actors'
import type { Store, StoreOptions } from '@livestore-kv/actors'

/** What every question stores. */
export interface FooTypes {
  name: 'foo'
  value: { bar: number; baz: number }
  mutation: { type: 'setBar'; bar: number } | { type: 'setBaz'; baz: number }
  message: never
  error: 'bar-was-42'
}

const foo = defineValue<FooTypes>({
  name: 'foo',
  revision: '1',
  mutations: {
    setBar: (value, { bar }) => (bar === 42 ? refuse('bar-was-42') : ok({ bar, baz: value.baz })),
    setBaz: (value, { baz }) => ok({ bar: value.bar, baz }),
  },
})

const spreading = defineValue<FooTypes>({
  name: 'foo',
  revision: '1',
  mutations: {
    setBar: (value, { bar }) => (bar === 42 ? refuse('bar-was-42') : ok({ ...value, bar })),
    setBaz: (value, { baz }) => ok({ ...value, baz }),
  },
})

/** Ten minutes, as a server would have it. */
export const TIMEOUT_MS = 600_000

/** A store as users run it: expiry on, the real clock unless told otherwise. */
export function fooStore(options: StoreOptions<FooTypes> = {}): Store<FooTypes> {
  return createStore(foo, { expiry: { timeoutMs: TIMEOUT_MS }, ...options })
}

/** The same store with the handlers that most people would write. */
export function spreadingFooStore(): Store<FooTypes> {
  return createStore(spreading, { expiry: { timeoutMs: TIMEOUT_MS } })
}
