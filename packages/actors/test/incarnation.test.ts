import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import type { FooTypes } from '@livestore-kv/core/testing'
import { errorOf, FakeClock, foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

const value = { bar: 1, baz: 2 }

describe('the end of an incarnation in the in-memory store', () => {
  it('lets a listener start the next one before waiting inserts are asked again', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const guard = store.tryAcquire(key)
    store.watch(key)?.onUpdate((update) => {
      if (update.type === 'remove') store.create(key, { bar: 7, baz: 7 })
    })

    const inserted = store.insert(key, { bar: 8, baz: 8 })
    guard?.remove()

    expect(await inserted).toMatchObject({ value: { bar: 7 }, version: 1 })
    expect(store.fetch(key)).toMatchObject({ value: { bar: 8 }, version: 2 })
  })

  it('leaves an insert that is asked again the time that it had left', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const key = store.init(value)
    const first = store.tryAcquire(key)
    const error = errorOf(() => store.insert(key, value, { timeoutMs: 1_000 }))
    const watch = store.watch(key, { awaitCreation: true })
    watch.onUpdate((update) => {
      if (update.type !== 'remove') return
      store.create(key, value)
      store.tryAcquire(key)
    })

    clock.advance(900)
    first?.remove()
    clock.advance(100)

    expect(await error).toMatchObject({ code: 'WAIT_TIMEOUT' })
    watch.close()
  })

  it('an expired incarnation answers its late callers like a removed one', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 1_000, sweepMs: 100 } })
    const key = store.init(value)
    const guard = store.tryAcquire(key)
    const token = guard?.token ?? 0
    guard?.release()
    clock.advance(1_200)

    expect(store.has(key)).toBe(false)
    expect(await errorOf(() => store.mutate(key, { type: 'setBar', bar: 3 }, { token }))).toMatchObject({
      code: 'GUARD_RELEASED',
    })
    expect(await store.insert(key, value)).toBeUndefined()
  })

  it('gives epochs that no other store, and no restart, gives again', async () => {
    const epochs = new Set<number>()
    for (let round = 0; round < 20; round++) {
      await using store = createStore(foo)
      epochs.add(store.fetch(store.init(value))?.epoch ?? 0)
    }

    expect(epochs.size).toBe(20)
  })
})

describe('iterating over the in-memory store', () => {
  it('is lazy and weakly consistent: each entry is current when it is yielded', async () => {
    await using store = createStore(foo, { shardCount: 1 })
    const keys = [store.init(value), store.init(value), store.init(value)] as const
    const entries = store.entries()

    expect(entries.next().value?.key).toBe(keys[0])
    await store.remove(keys[1])
    await store.mutate(keys[2], { type: 'setBar', bar: 9 })
    await store.mutate(keys[0], { type: 'setBar', bar: 9 })

    expect([...entries].map(({ key, version }) => [key, version])).toEqual([[keys[2], 2]])
  })

  it('throws REENTRANT from inside a handler, at the call', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    for (const call of [
      () => store.keys(),
      () => store.entries(),
      () => store.count(),
      () => store.has(key),
    ]) {
      const nested = store.update(key, (old) => {
        call()
        return old
      })
      expect(await errorOf(() => nested)).toMatchObject({ code: 'REENTRANT' })
    }
  })

  it('yields a key at most once per epoch', async () => {
    await using store = createStore(foo, { shardCount: 1 })
    const key = store.init(value)
    const seen: string[] = []

    for (const entry of store.entries()) {
      seen.push(`${entry.key} ${entry.epoch}`)
      if (seen.length > 3) break
      await store.remove(key)
      store.create(key, value)
    }

    expect(new Set(seen).size).toBe(seen.length)
  })
})

describe('a store that closes', () => {
  it('fails who still waits, whatever those who are told of it release', async () => {
    const store = createStore(foo)
    const keys = [store.init(value), store.init(value)]
    const guards = keys.map((key) => store.tryAcquire(key))
    const waiting = keys.map((key) => errorOf(() => store.mutate(key, { type: 'setBar', bar: 7 })))
    for (const key of keys) {
      store.watch(key)?.onUpdate(({ type }) => {
        if (type === 'remove') for (const guard of guards) guard?.release()
      })
    }

    await store.close()

    for (const failed of waiting) expect(await failed).toMatchObject({ code: 'STORE_CLOSED' })
  })
})

describe('an entry that is created', () => {
  it('is not there twice where reading its value created it', async () => {
    await using store = createStore(foo, { freeze: 'deep' })
    const key = createKey()
    const nested = {
      get bar(): number {
        store.create(key, { bar: 7, baz: 7 })
        return 1
      },
      baz: 1,
    }

    expect(await errorOf(() => store.create(key, nested))).toMatchObject({ code: 'REENTRANT' })
    expect([store.count(), store.fetch(key)?.value]).toEqual([1, { bar: 7, baz: 7 }])
  })

  it('finds the room and the open store that it was promised, or fails', async () => {
    const store = createStore(foo, { freeze: 'deep', maxEntries: 1 })
    const valueThat = (read: () => void): typeof value => ({
      get bar(): number {
        read()
        return 1
      },
      baz: 1,
    })

    expect(await errorOf(() => store.init(valueThat(() => store.init(value))))).toMatchObject({
      code: 'STORE_FULL',
    })
    expect(store.count()).toBe(1)
    await store.remove([...store.keys()][0] ?? '')
    expect(await errorOf(() => store.init(valueThat(() => void store.close())))).toMatchObject({
      code: 'STORE_CLOSED',
    })
    expect(store.count()).toBe(0)
  })
})

describe('an entry that is changed', () => {
  it.each<[string, (store: Store<FooTypes>, key: string) => unknown, string, unknown]>([
    [
      'changes it',
      (store, key) => store.mutate(key, { type: 'setBar', bar: 7 }),
      'REENTRANT',
      { bar: 7, baz: 2 },
    ],
    ['removes it', (store, key) => store.remove(key), 'REENTRANT', undefined],
    ['closes the store', (store) => store.close(), 'STORE_CLOSED', value],
  ])('fails and changes nothing where reading its new value %s', async (_, act, code, left) => {
    const store = createStore(foo, { freeze: 'deep' })
    const key = store.init(value)
    const told: unknown[] = []
    store.watch(key)?.onUpdate((update) => told.push('new' in update ? update.new.version : update.type))
    const nested = {
      get bar(): number {
        // Its outcome shows in what is told.
        void Promise.resolve(act(store, key)).catch(() => undefined)
        return 1
      },
      baz: 1,
    }

    const failed = errorOf(() => store.update(key, () => nested))
    const seen = store.fetch(key)?.value

    expect(await failed).toMatchObject({ code })
    expect(seen).toEqual(left)
    expect(told).toHaveLength(1)
    expect(store.count()).toBe(store.has(key) ? 1 : 0)
  })
})

describe('an update', () => {
  it('that answers a promise, which no value is, fails and changes nothing', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    // What JavaScript passes is not held by types.
    const slow = (async () => value) as unknown as () => typeof value

    expect(await errorOf(() => store.update(key, slow))).toMatchObject({ code: 'INVALID_VALUE' })
    expect(store.fetch(key)).toMatchObject({ version: 1, value })
  })
})

describe('a store that is closing', () => {
  it('is read as it was, down to its deadlines, by whoever is told of its end', async () => {
    const clock = new FakeClock()
    const store = createStore(foo, { clock, expiry: { timeoutMs: 5_000 } })
    const keys = Array.from({ length: 50 }, () => store.init(value))
    const read: unknown[] = []
    for (const key of keys) {
      store.watch(key)?.onUpdate(() => read.push(...keys.map((each) => store.expiresAt(each))))
    }

    await store.close()

    expect(new Set(read)).toEqual(new Set([clock.now() + 5_000]))
  })

  it('is read with the deadlines that its entries had of their own, until its promise resolves', async () => {
    const clock = new FakeClock()
    const store = createStore(foo, { clock, expiry: { timeoutMs: 5_000 } })
    const [own, touched] = [store.init(value), store.init(value)]
    store.expireIn(own, 1_000)
    clock.advance(500)
    store.touch(touched)
    const deadlines = (): unknown[] => [own, touched].map((key) => store.expiresAt(key))
    const before = deadlines()
    const told: unknown[] = []
    store.watch(own)?.onUpdate(() => told.push(deadlines()))

    const closing = store.close()
    const meanwhile = deadlines()
    await closing

    expect([...told, meanwhile]).toEqual([before, before])
  })

  it('is changed by no guard any more, whoever is told first', async () => {
    const store = createStore(foo)
    const keys = Array.from({ length: 20 }, () => store.init(value))
    const guards = keys.map((key) => store.tryAcquire(key))
    const asked: Promise<unknown>[] = []
    store.watch(keys[0] ?? '')?.onUpdate(() => {
      if (asked.length > 0) return
      for (const guard of guards) {
        asked.push(errorOf(() => guard?.mutate({ type: 'setBar', bar: 7 })))
        asked.push(errorOf(() => guard?.remove()))
      }
    })

    await store.close()

    expect(asked).toHaveLength(2 * keys.length)
    for (const error of asked) expect(await error).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(store.count()).toBe(keys.length)
    for (const { version } of store.entries()) expect(version).toBe(1)
  })
})

describe('a change that fails', () => {
  it('leaves the entry its TTL, also where it would overwrite it', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, freeze: 'deep' })
    const key = store.init(value)
    store.expireIn(key, 5_000)
    const unreadable = {
      get bar(): never {
        throw new Error('no bar')
      },
      baz: 1,
    }

    expect(await errorOf(() => store.assign(key, unreadable))).toMatchObject({ message: 'no bar' })

    expect([store.expiresAt(key), store.fetch(key)?.version]).toEqual([clock.now() + 5_000, 1])
  })
})
