import { createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import type { Update } from '@livestore-kv/core'
import type { FooTypes } from '@livestore-kv/core/testing'
import { errorOf, foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

const value = { bar: 1, baz: 2 }

describe('a watch of the in-memory store', () => {
  it('made while an update is told misses nothing after its snapshot, and hears nothing before it', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const versions: number[] = []
    const hear = (update: Update<FooTypes>): void => {
      if (update.type === 'mutate') versions.push(update.new.version)
    }
    let late: ReturnType<typeof store.watch>
    store.watch(key)?.onUpdate((update) => {
      if (late || update.type !== 'mutate') return
      late = store.watch(key)
      versions.push(late?.entry?.version ?? 0)
      late?.onUpdate(hear)
    })

    await store.mutate(key, { type: 'setBar', bar: 3 })
    await store.mutate(key, { type: 'setBar', bar: 4 })

    expect(versions).toEqual([2, 3])
  })

  it('closed by its own listener hears nothing more', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    let heard = 0
    const watch = store.watch(key)
    watch?.onUpdate(() => {
      heard++
      watch.close()
    })

    store.broadcast(key, { type: 'sendBar' })
    store.broadcast(key, { type: 'sendBar' })

    expect(heard).toBe(1)
  })

  it('closed while it is given what was buffered hears nothing more', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const watch = store.watch(key)
    for (let count = 0; count < 3; count++) store.broadcast(key, { type: 'sendBar' })
    let heard = 0

    watch?.onUpdate(() => {
      heard++
      watch.close()
    })
    store.broadcast(key, { type: 'sendBar' })

    expect(heard).toBe(1)
  })

  it('whose signal was aborted already is closed from the start', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const updates: unknown[] = []

    for (const watch of [
      store.watch(key, { signal: AbortSignal.abort() }),
      store.watchAll({ signal: AbortSignal.abort() }),
      store.watch(createKey(), { awaitCreation: true, signal: AbortSignal.abort() }),
    ]) {
      store.broadcast(key, { type: 'sendBar' })
      for await (const update of watch ?? []) updates.push(update)
    }

    expect(updates).toEqual([])
  })

  it('does not count what a lagged already carried: each version is told once', async () => {
    await using store = createStore(foo, { channelCapacity: 1 })
    const key = store.init(value)
    const other = store.init(value)
    const watch = store.watch(key)
    for (let bar = 0; bar < 3; bar++) await store.mutate(key, { type: 'setBar', bar })
    const guard = store.tryAcquire(key)
    const versions: number[] = []
    store.watch(other)?.onUpdate(({ type }) => {
      if (type !== 'message') return
      guard?.set(value)
      watch?.onUpdate((update) => {
        if (update.type === 'lagged') versions.push(update.entry?.version ?? 0)
        if (update.type === 'overwrite') versions.push(update.new.version)
      })
    })

    store.broadcast(other, { type: 'sendBar' })

    expect(versions).toEqual([5])
  })

  it('goes on from the incarnation that a lagged carried, whatever of an earlier one is told after it', async () => {
    await using store = createStore(foo, { channelCapacity: 1 })
    const key = store.init(value)
    const other = store.init(value)
    const watch = store.watch(key, { awaitCreation: true })
    for (let bar = 0; bar < 3; bar++) await store.mutate(key, { type: 'setBar', bar })
    const reader = watch[Symbol.asyncIterator]()
    const read: Promise<IteratorResult<Update<FooTypes>, undefined>>[] = []
    store.watch(other)?.onUpdate(({ type }) => {
      if (type !== 'message') return
      store.tryAcquire(key)?.remove()
      store.create(key, { bar: 7, baz: 7 })
      read.push(reader.next())
    })

    store.broadcast(other, { type: 'sendBar' })
    read.push(reader.next(), reader.next())
    await store.mutate(key, { type: 'setBar', bar: 9 })

    expect((await Promise.all(read)).map((each) => each.value)).toMatchObject([
      { type: 'lagged', entry: { version: 1, value: { bar: 7 } } },
      { type: 'lock' },
      { type: 'mutate', new: { version: 2, value: { bar: 9 } } },
    ])
    watch.close()
  })

  it('tells of the incarnation that it watched, not of the next one', async () => {
    await using store = createStore(foo, { channelCapacity: 1 })
    const key = store.init(value)
    const watch = store.watch(key)
    for (const bar of [2, 3]) await store.mutate(key, { type: 'setBar', bar })
    await store.remove(key)
    store.create(key, { bar: 9, baz: 9 })
    using _ = store.tryAcquire(key, { holder: 'ada' })

    const lock = watch?.lock
    const updates: Update<FooTypes>[] = []
    for await (const update of watch ?? []) updates.push(update)

    expect(lock).toBeUndefined()
    expect(updates).toMatchObject([
      { type: 'lagged', missed: 2, entry: { version: 3, value: { bar: 3 } } },
      { type: 'remove', old: { version: 3 } },
    ])
  })

  it('of a bad key is INVALID_KEY where it would await creation', async () => {
    await using store = createStore(foo)

    expect(store.watch('lobby')).toBeUndefined()
    expect(await errorOf(() => store.watch('lobby', { awaitCreation: true }))).toMatchObject({
      code: 'INVALID_KEY',
    })
  })

  it('reports a rejection of any thenable that a listener answers', async () => {
    const errors: unknown[] = []
    await using store = createStore(foo, { onError: (error) => errors.push(error) })
    const key = store.init(value)
    const failure = new Error('never mind')
    // oxlint-disable-next-line unicorn/no-thenable -- what the test is about
    const thenable = { then: (_: unknown, reject: (error: unknown) => void) => reject(failure) }
    store.watch(key)?.onUpdate(() => thenable)

    store.broadcast(key, { type: 'sendBar' })
    await Promise.resolve()

    expect(errors).toEqual([failure])
  })

  it('refuses a listener that is no function', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const wrong = 5 as unknown as () => void

    for (const call of [() => store.watch(key)?.onUpdate(wrong), () => store.onExpire(wrong)]) {
      expect(await errorOf(call)).toMatchObject({ code: 'INVALID_OPTIONS' })
    }
  })

  it('says who holds the entry now', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    using watch = store.watch(key)

    expect(watch?.lock).toBeUndefined()
    const guard = store.tryAcquire(key, { holder: 'ada', leaseMs: 60_000 })
    expect(watch?.lock).toMatchObject({ holder: 'ada' })
    guard?.release()
    expect(watch?.lock).toBeUndefined()
  })
})
