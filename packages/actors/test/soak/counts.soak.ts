import { createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { FakeClock, foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../collectable.ts'
import { report } from './figures.ts'

const value = { bar: 1, baz: 2 }

describe('big counts', () => {
  it('a million entries expire, each told once, and none is left', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 60_000 } })
    const total = 1_000_000
    let told = 0
    let slices = 0
    store.onExpire((batch) => {
      told += batch.length
      slices++
    })
    const started = performance.now()
    for (let index = 0; index < total; index++) store.init(value)
    const stored = performance.now()

    clock.advance(62_000)

    expect(store.count()).toBe(0)
    expect(told).toBe(total)
    const times = { 'ms to store': stored - started, 'ms to expire': performance.now() - stored }
    report('a million entries', { ...times, slices })
  })

  it('a hundred thousand callers wait for one entry, and lose nothing', async () => {
    const total = 100_000
    await using store = createStore(foo, { mailboxCapacity: total })
    const key = store.init({ bar: 0, baz: 0 })
    const guard = store.tryAcquire(key)
    const started = performance.now()

    const waiting = Array.from({ length: total }, () =>
      store.update(key, ({ bar, baz }) => ({ bar: bar + 1, baz })),
    )
    guard?.release()
    await Promise.all(waiting)

    expect(store.fetch(key)).toMatchObject({ value: { bar: total }, version: total + 1 })
    report('waiting callers', { callers: total, ms: performance.now() - started })
  })

  it('a hundred thousand cancelled and late callers leave nothing', async () => {
    const total = 100_000
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, mailboxCapacity: total, waitTimeoutMs: 1_000 })
    const key = store.init(value)
    const guard = store.tryAcquire(key)
    const abort = new AbortController()
    const { signal } = abort

    const cancelled = Array.from({ length: total }, (_, index) =>
      store.acquire(key, index % 100 === 0 ? { signal } : {}).catch(() => 'ended'),
    )
    abort.abort()
    clock.advance(1_000)

    expect(new Set(await Promise.all(cancelled))).toEqual(new Set(['ended']))
    guard?.release()
    expect(store.tryAcquire(key)).toBeDefined()
  })

  it('ten thousand watches of one entry hear everything', async () => {
    const total = 10_000
    await using store = createStore(foo)
    const key = store.init(value)
    let heard = 0
    for (let index = 0; index < total; index++) store.watch(key)?.onUpdate(() => heard++)
    const started = performance.now()

    for (let bar = 0; bar < 20; bar++) await store.mutate(key, { type: 'setBar', bar })

    expect(heard).toBe(20 * total)
    report('deliveries', { deliveries: heard, ms: performance.now() - started })
  })

  it('three million entries come and go, and memory stays at what is stored', async () => {
    await using store = createStore(foo, { expiry: { timeoutMs: 600_000 } })
    const kept = Array.from({ length: 10_000 }, () => store.init(value))
    const heapAfter = async (rounds: number): Promise<number> => {
      for (let index = 0; index < rounds; index++) {
        const key = createKey()
        store.create(key, value)
        await store.remove(key)
      }
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = await heapAfter(500_000)
    const after = await heapAfter(2_500_000)

    expect(store.count()).toBe(kept.length)
    // Two and a half million entries that leaked one pointer each would take five times as much.
    expect(after - before).toBeLessThan(4 * 1024 * 1024)
    report('churn', { 'kB before': before / 1024, 'kB after': after / 1024 })
  })
})
