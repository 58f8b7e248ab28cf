import { describe, expect, it } from 'vitest'
import { defineValue, ok, refuse } from '@livestore-kv/core'
import type { Entry } from '@livestore-kv/core'

interface FooTypes {
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
    setBar: (value, { bar }) => (bar === 42 ? refuse('bar-was-42') : ok({ ...value, bar })),
    setBaz: (value, { baz }) => ok({ ...value, baz }),
  },
})

const entry: Entry<FooTypes> = {
  key: 'e3b8a1de-9a3c-4b56-8d2e-5b1c6f7a8d90',
  epoch: 1,
  value: { bar: 1, baz: 2 },
  version: 1,
  createdAt: 0,
  changedAt: 0,
}

describe('defineValue', () => {
  it('runs the handler of the mutation and leaves the entry alone', () => {
    const result = foo.mutate(entry, { type: 'setBar', bar: 7 })

    expect(result).toEqual(ok({ bar: 7, baz: 2 }))
    expect(entry.value.bar).toBe(1)
  })

  it('answers a refusal as a value', () => {
    expect(foo.mutate(entry, { type: 'setBar', bar: 42 })).toEqual(refuse('bar-was-42'))
  })

  it.each(['explode', 'constructor', '__proto__', 'toString'])('throws UNKNOWN_MUTATION for %s', (type) => {
    // What comes off the wire is not held by types.
    const mutation = { type } as unknown as FooTypes['mutation']

    expect(() => foo.mutate(entry, mutation)).toThrow(expect.objectContaining({ code: 'UNKNOWN_MUTATION' }))
  })

  it.each([
    ['name', { name: '' }],
    ['revision', { revision: 1 }],
    ['mutations', { mutations: undefined }],
    ['mutations', { mutations: 5 }],
    ['mutations.setBar', { mutations: { setBar: 'no' } }],
    ['"schemas"', { schemas: {} }],
    ['"mutations"', { schema: { mutations: {} } }],
    ['schema.mutation', { schema: { mutation: Date } }],
    ['schema', { schema: null }],
    ['schema.value', { schema: { value: null } }],
  ])('names the member that is wrong: %s', (member, wrong) => {
    const options = { name: 'foo', revision: '1', mutations: {}, ...wrong } as never

    expect(() => defineValue(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_DEFINITION', message: expect.stringContaining(member) }),
    )
  })
})
