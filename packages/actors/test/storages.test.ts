import { defineValue } from '@livestore-kv/core'
import { createStorages, createStore } from '@livestore-kv/actors'
import { describe, expect, it } from 'vitest'
import { foo } from '@livestore-kv/core/testing'

interface BarTypes {
  name: 'bar'
  value: number
  mutation: never
  message: never
  error: never
}

const bar = defineValue<BarTypes>({ name: 'bar', revision: '1', mutations: {} })

describe('storages', () => {
  it('finds each store by definition and by name, as the store of its kind', async () => {
    const foos = createStore(foo)
    const bars = createStore(bar)
    await using storages = createStorages(foos, bars)

    expect(storages.store(foo).init({ bar: 1, baz: 2 })).toHaveLength(36)
    expect(storages.get('bar').init(1)).toHaveLength(36)
    expect([...storages]).toEqual([foos, bars])
  })

  it('says what is not in it, and refuses two stores of one name', () => {
    const storages = createStorages(createStore(foo))

    // @ts-expect-error `bar` is not registered.
    expect(() => storages.get('bar')).toThrow(/no store is named "bar"; there are foo/)
    // @ts-expect-error `bar` is not registered.
    expect(() => storages.store(bar)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    const other = defineValue<BarTypes>({ name: 'bar', revision: '2', mutations: {} })
    expect(() => createStorages(createStore(bar)).store(other)).toThrow(/another definition/)
    expect(() => createStorages(createStore(foo), createStore(foo))).toThrow(/two stores/)
  })

  it('closes every store', async () => {
    const foos = createStore(foo)

    await createStorages(foos).close()

    expect(() => foos.init({ bar: 1, baz: 2 })).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }))
  })
})
