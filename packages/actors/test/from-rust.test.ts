import { createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { FakeClock, foo, UpdateReader } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

const value = { bar: 1, baz: 2 }

// The Rust crate has a method for each of these pairs. Here two calls in one tick do, for nobody gets in between.
describe('what the Rust crate does in one call', () => {
  it('fetch and watch: a watch carries the snapshot of its moment', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    const watch = store.watch(key)

    expect(watch?.entry).toBe(store.fetch(key))
  })

  it('init and watch: nothing is missed', async () => {
    await using store = createStore(foo)

    const key = store.init(value)
    const watch = store.watch(key)
    await store.mutate(key, { type: 'setBar', bar: 3 })

    expect(watch?.entry?.version).toBe(1)
    expect(await new UpdateReader(watch).take(1)).toMatchObject([{ type: 'mutate', new: { version: 2 } }])
  })

  it('init and acquire: nobody holds it before', async () => {
    await using store = createStore(foo)

    const key = store.init(value)
    using guard = store.tryAcquire(key)

    expect(guard?.entry).toMatchObject({ key, value, version: 1 })
  })

  it('create and watch: it tells whether the entry was there, and watches it either way', async () => {
    await using store = createStore(foo)
    const key = createKey()

    expect(store.create(key, value)).toBeUndefined()
    expect(store.watch(key)?.entry).toMatchObject({ value })
    expect(store.create(key, { bar: 9, baz: 9 })).toMatchObject({ value })
    expect(store.watch(key)?.entry).toMatchObject({ value })
  })

  it('create and acquire: the guard is of the entry that is there', async () => {
    await using store = createStore(foo)
    const key = createKey()

    store.create(key, value)
    await using guard = await store.acquire(key)

    expect(guard?.entry).toMatchObject({ key, value })
  })

  it('insert and watch: a watch that awaits creation hears of either', async () => {
    await using store = createStore(foo)
    const key = createKey()
    const updates = new UpdateReader(store.watch(key, { awaitCreation: true }))

    expect(await store.insert(key, value)).toBeUndefined()
    expect(await store.insert(key, { bar: 9, baz: 9 })).toMatchObject({ value })

    expect(await updates.take(2)).toMatchObject([{ type: 'create' }, { type: 'overwrite', old: { value } }])
  })

  it('assign and watch: the watch starts after the overwrite', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    const old = await store.assign(key, { bar: 9, baz: 9 })
    const watch = store.watch(key)

    expect(old).toMatchObject({ value, version: 1 })
    expect(watch?.entry).toMatchObject({ value: { bar: 9 }, version: 2 })
  })

  it('assign and acquire: overwriting under the guard keeps it', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    using guard = store.tryAcquire(key)
    const old = guard?.entry
    guard?.set({ bar: 9, baz: 9 })

    expect(old).toMatchObject({ value })
    expect(guard?.entry).toMatchObject({ value: { bar: 9 }, version: 2 })
    expect(store.tryAcquire(key)).toBeUndefined()
  })

  it('on_expire: the listener gets the keys with the entries, and may be async', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000 } })
    const key = store.init(value)
    const heard: unknown[] = []
    store.onExpire(async (batch) => {
      await Promise.resolve()
      heard.push(...batch)
    })

    clock.advance(12_000)
    await new Promise((resolve) => setImmediate(resolve))

    expect(heard).toMatchObject([{ key, value, version: 1 }])
  })
})
