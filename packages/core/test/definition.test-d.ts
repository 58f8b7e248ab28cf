import { defineValue, ok } from '@livestore-kv/core'
import type { DeepReadonly, Entry, Result } from '@livestore-kv/core'
import { describe, expectTypeOf, it } from 'vitest'

describe('defineValue', () => {
  interface CounterTypes {
    name: 'counter'
    value: number
    mutation: { type: 'add'; by: number } | { type: 'reset' }
    message: never
    error: never
  }

  it('asks for a handler of every mutation, and types what each is given', () => {
    defineValue<CounterTypes>({
      name: 'counter',
      revision: '1',
      mutations: {
        add: (value, mutation) => {
          expectTypeOf(mutation.by).toEqualTypeOf<number>()
          return ok(value + mutation.by)
        },
        reset: () => ok(0),
      },
    })
    // @ts-expect-error reset has no handler
    defineValue<CounterTypes>({ name: 'counter', revision: '1', mutations: { add: (value) => ok(value) } })
  })

  it('makes values readonly at every depth wherever they come out', () => {
    interface RoomTypes {
      name: 'room'
      value: { members: { name: string }[]; seen: Map<string, { at: number }> }
      mutation: never
      message: never
      error: never
    }

    expectTypeOf<Entry<RoomTypes>['value']['members']>().toEqualTypeOf<readonly { readonly name: string }[]>()
    expectTypeOf<DeepReadonly<RoomTypes['value']['seen']>>().toEqualTypeOf<
      ReadonlyMap<string, { readonly at: number }>
    >()
  })

  it('holds a handler to the declared errors', () => {
    expectTypeOf(ok(1)).toExtend<Result<number, 'no'>>()
    defineValue<CounterTypes>({
      name: 'counter',
      revision: '1',
      // @ts-expect-error a counter declares no errors
      mutations: { add: () => ({ ok: false, error: 'no' }), reset: () => ok(0) },
    })
  })
})
