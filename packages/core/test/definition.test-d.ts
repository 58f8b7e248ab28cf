import { defineValue, ok, refuse } from '@livestore-kv/core'
import type { DeepReadonly, Definition, Entry, Result } from '@livestore-kv/core'
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
    expectTypeOf(ok<number>(1)).toExtend<Result<number, 'no'>>()
    defineValue<CounterTypes>({
      name: 'counter',
      revision: '1',
      // @ts-expect-error a counter declares no errors
      mutations: { add: () => ({ ok: false, error: 'no' }), reset: () => ok(0) },
    })
  })

  it('takes a slip in the name of a field for an error, however the value is made', () => {
    interface FormTypes {
      name: 'form'
      value: { title: string; note?: string }
      mutation: { type: 'set'; note: string }
      message: never
      error: 'empty'
    }
    const form = defineValue<FormTypes>({
      name: 'form',
      revision: '1',
      mutations: {
        set: (value, { note }) =>
          note === ''
            ? refuse('empty')
            : // @ts-expect-error it is called note
              ok({ ...value, nte: note }),
      },
    })

    expectTypeOf(form).toEqualTypeOf<Definition<FormTypes>>()
  })

  it('takes any JSON, and what nobody knows, as a value and within one', () => {
    type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
    interface DocumentTypes {
      name: 'document'
      value: { body: Json; meta: unknown }
      mutation: { type: 'set'; body: Json }
      message: never
      error: never
    }
    const document = defineValue<DocumentTypes>({
      name: 'document',
      revision: '1',
      mutations: { set: (value, { body }) => ok({ ...value, body }) },
    })

    expectTypeOf(document).toEqualTypeOf<Definition<DocumentTypes>>()
    expectTypeOf<Entry<DocumentTypes>['value']['meta']>().toEqualTypeOf<unknown>()
    expectTypeOf<{ body: [1, { deep: null }]; meta: null }>().toExtend<Entry<DocumentTypes>['value']>()
    expectTypeOf<DeepReadonly<[string, ...number[]]>>().toEqualTypeOf<readonly [string, ...number[]]>()
    expectTypeOf<DeepReadonly<[number, string?]>>().toEqualTypeOf<readonly [number, string?]>()
    expectTypeOf<DeepReadonly<[number[], string]>>().toEqualTypeOf<readonly [readonly number[], string]>()
  })
})
