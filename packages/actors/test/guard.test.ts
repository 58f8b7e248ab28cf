import { createStore } from '@livestore-kv/actors'
import { errorOf, FakeClock, foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

const value = { bar: 1, baz: 2 }

describe('a guard of the in-memory store', () => {
  it('answers at once, and is released by using', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    {
      using guard = store.tryAcquire(key)
      expect(guard?.mutate({ type: 'setBar', bar: 3 })).toMatchObject({ ok: true, value: { version: 2 } })
      expect(guard?.set(value).version).toBe(3)
      expect(guard?.update((old) => old).version).toBe(4)
      expect(guard?.watch().entry?.version).toBe(4)
      expect(store.tryAcquire(key)).toBeUndefined()
    }
    {
      await using guard = await store.acquire(key)
      expect(guard?.key).toBe(key)
      expect(store.tryAcquire(key)).toBeUndefined()
    }

    expect(store.tryAcquire(key)).toBeDefined()
  })

  it('runs an uncontended call in the tick of the caller', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    const mutated = store.mutate(key, { type: 'setBar', bar: 3 })
    expect(store.fetch(key)?.version).toBe(2)
    const held = store.acquire(key)
    expect(store.tryAcquire(key)).toBeUndefined()

    expect(await mutated).toMatchObject({ ok: true })
    expect((await held)?.token).toBe(1)
  })

  it('has tokens that grow over all entries and incarnations of the store', async () => {
    await using store = createStore(foo)
    const keys = [store.init(value), store.init(value)]
    const tokens: number[] = []

    for (let round = 0; round < 3; round++) {
      for (const key of keys) {
        const guard = store.tryAcquire(key)
        tokens.push(guard?.token ?? 0)
        guard?.remove()
        store.create(key, value)
      }
    }

    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b))
  })

  it('is never given to two: tryAcquire does not pass those who wait', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const first = store.tryAcquire(key)
    const waiting = store.acquire(key)

    first?.release()

    expect(store.tryAcquire(key)).toBeUndefined()
    const second = await waiting
    second?.release()
    expect(store.tryAcquire(key)).toBeDefined()
  })

  it('has a signal that tells why it was lost', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const key = store.init(value)

    const leased = store.tryAcquire(key, { leaseMs: 1_000 })
    clock.advance(1_000)
    const removed = store.tryAcquire(key)
    removed?.remove()

    for (const guard of [leased, removed]) {
      expect(guard?.signal.reason).toMatchObject({ code: 'GUARD_RELEASED' })
    }
  })

  it('protects nobody once its lease is over, not even who hears of it by the signal', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const key = store.init(value)
    const guard = store.tryAcquire(key, { leaseMs: 1_000 })
    const error = new Promise((resolve) => {
      guard?.signal.addEventListener('abort', () => resolve(errorOf(() => guard.set({ bar: 9, baz: 9 }))))
    })

    clock.advance(1_000)

    expect(await error).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(store.fetch(key)).toMatchObject({ value, version: 1 })
  })

  it('answers those who wait in their order, whoever asks for more while they are served', async () => {
    await using store = createStore(foo)
    const key = store.init({ bar: 1, baz: 2 })
    const guard = store.tryAcquire(key)
    const order: string[] = []
    let asked: Promise<unknown> | undefined
    store.watchAll().onUpdate((update) => {
      if (update.type === 'mutate') asked ??= store.mutate(key, { type: 'setBar', bar: 7 })
    })
    const first = store.mutate(key, { type: 'setBar', bar: 5 }).then(() => order.push('first'))
    const second = store.mutate(key, { type: 'setBar', bar: 6 }).then(() => order.push('second'))

    guard?.release()
    await Promise.all([first, second, asked])

    expect(order).toEqual(['first', 'second'])
  })

  it('that a listener releases gives the turn away when everybody has been told', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const guard = store.tryAcquire(key)
    const waiting = store.mutate(key, { type: 'setBar', bar: 7 })
    const seen: unknown[] = []
    store.watch(key)?.onUpdate(() => guard?.release())
    store.watch(key)?.onUpdate((update) => {
      if (update.type === 'mutate') seen.push([update.new.version, store.fetch(key)?.version])
    })

    guard?.mutate({ type: 'setBar', bar: 5 })

    expect(await waiting).toMatchObject({ ok: true })
    expect(seen).toEqual([
      [2, 2],
      [3, 3],
    ])
  })

  it('that removes its entry answers those who wait, though their time is up while that is told', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, waitTimeoutMs: 1_000 })
    const [key, other] = [store.init(value), store.init(value)]
    const guard = store.tryAcquire(key)
    store.tryAcquire(other)
    const waiting = store.mutate(key, { type: 'setBar', bar: 7 })
    const late = errorOf(() => store.mutate(other, { type: 'setBar', bar: 7 }))
    store.watch(key)?.onUpdate(() => clock.advance(2_000))

    guard?.remove()

    expect(await waiting).toBeUndefined()
    expect(await late).toMatchObject({ code: 'WAIT_TIMEOUT' })
  })

  it('leaves no timer when it is released before its lease ends', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const key = store.init(value)

    store.tryAcquire(key, { leaseMs: 1_000 })?.release()

    expect(clock.pending).toBe(0)
  })
})
