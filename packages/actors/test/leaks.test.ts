import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { errorOf, FakeClock, foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import { isCollectable } from './collectable.ts'

const value = { bar: 1, baz: 2 }
const expiry = { timeoutMs: 60_000 }

describe('10. nothing leaks', () => {
  it('what is still referred to is not collectable', async () => {
    const kept: object[] = []

    const collectable = await isCollectable(() => {
      kept.push({})
      return kept[0] ?? {}
    })

    expect(collectable).toBe(false)
    expect(kept.length).toBe(1)
  })

  it('a removed entry is collectable, also one that was filed to expire', async () => {
    const store = createStore(foo, { clock: new FakeClock(), expiry })

    expect(
      await isCollectable(async () => {
        const key = store.init({ ...value })
        store.expireIn(key, 1_000)
        return (await store.remove(key)) ?? {}
      }),
    ).toBe(true)
    expect(store.count()).toBe(0)
  })

  it('an entry that somebody keeps keeps no other alive, nor a newer value of its own', async () => {
    const kept: unknown[] = []
    const store = createStore(foo, { freeze: false })

    const newest = await isCollectable(async () => {
      const key = store.init({ ...value })
      kept.push(store.fetch(key))
      await store.assign(key, { ...value })
      return (await store.remove(key))?.value ?? {}
    })
    const another = await isCollectable(async () => {
      const closed = createStore(foo, { freeze: false })
      kept.push(closed.fetch(closed.init({ ...value })))
      const other = closed.fetch(closed.init({ ...value }))?.value
      await closed.close()
      return other ?? {}
    })

    expect([newest, another, kept.length]).toEqual([true, true, 2])
  })

  it('an expired entry is collectable, and so is an overwritten value', async () => {
    const clock = new FakeClock()
    const store = createStore(foo, { clock, expiry })
    const key = store.init(value)

    expect(await isCollectable(async () => (await store.assign(key, { ...value })) ?? {})).toBe(true)
    expect(
      await isCollectable(() => {
        const entry = store.fetch(key) ?? {}
        clock.advance(70_000)
        return entry
      }),
    ).toBe(true)
    expect(store.count()).toBe(0)
  })

  it('a closed watch is collectable, and so is its listener', async () => {
    const store = createStore(foo)
    const key = store.init(value)
    const listener = (): (() => void) => () => undefined

    expect(
      await isCollectable(() => {
        const watch = store.watch(key)
        watch?.close()
        return watch ?? {}
      }),
    ).toBe(true)
    expect(
      await isCollectable(() => {
        const heard = listener()
        const watch = store.watchAll()
        watch.onUpdate(heard)
        watch.close()
        return heard
      }),
    ).toBe(true)
    expect(
      await isCollectable(() => {
        using watch = store.watch(createKey(), { awaitCreation: true })
        return watch
      }),
    ).toBe(true)
    expect(store.count()).toBe(1)
  })

  it('a closed or ended watch is collectable, though its signal lives on', async () => {
    const store = createStore(foo)
    const key = store.init(value)
    const { signal } = new AbortController()

    expect(
      await isCollectable(() => {
        const watch = store.watch(key, { signal })
        watch?.close()
        return watch ?? {}
      }),
    ).toBe(true)
    expect(
      await isCollectable(async () => {
        const ended = store.init(value)
        const watch = store.watch(ended, { signal })
        await store.remove(ended)
        return watch ?? {}
      }),
    ).toBe(true)
    expect(signal.aborted).toBe(false)
  })

  it('a watch whose reader stopped early is closed', async () => {
    const store = createStore(foo)
    const key = store.init(value)

    expect(
      await isCollectable(async () => {
        const watch = store.watch(key)
        store.broadcast(key, { type: 'sendBar' })
        for await (const _ of watch ?? []) break
        return watch ?? {}
      }),
    ).toBe(true)
    expect(store.count()).toBe(1)
  })

  it('a released guard is collectable, and so is a lost one', async () => {
    const clock = new FakeClock()
    const store = createStore(foo, { clock })
    const key = store.init(value)

    expect(
      await isCollectable(() => {
        const guard = store.tryAcquire(key, { leaseMs: 1_000 })
        guard?.release()
        return guard ?? {}
      }),
    ).toBe(true)
    expect(
      await isCollectable(() => {
        const guard = store.tryAcquire(key, { leaseMs: 1_000 })
        clock.advance(1_000)
        return guard ?? {}
      }),
    ).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it.each(['served', 'cancelled', 'late', 'gone', 'closed'])(
    'a waiter that is %s is collectable',
    async (how) => {
      const clock = new FakeClock()
      const store = createStore(foo, { clock, waitTimeoutMs: 1_000 })
      const key = store.init(value)
      const guard = store.tryAcquire(key)
      const abort = new AbortController()

      const collectable = await isCollectable(async () => {
        const change = (old: typeof value): typeof value => ({ ...old })
        const answer = store.update(key, change, { signal: abort.signal }).catch(() => undefined)
        if (how === 'served') guard?.release()
        if (how === 'cancelled') abort.abort()
        if (how === 'late') clock.advance(1_000)
        if (how === 'gone') guard?.remove()
        if (how === 'closed') await store.close()
        await answer
        return change
      })

      expect(collectable).toBe(true)
      // Both outlive the waiter.
      expect(abort.signal.aborted).toBe(how === 'cancelled')
      expect(store.definition).toBe(foo)
    },
  )

  it('a removed onExpire listener is collectable', async () => {
    const store = createStore(foo)

    expect(
      await isCollectable(() => {
        const listener = (): undefined => undefined
        store.onExpire(listener)()
        return listener
      }),
    ).toBe(true)
    expect(store.count()).toBe(0)
  })

  it('a store that was closed is collectable, with everything in it, while its clock ticks on', async () => {
    const clock = new FakeClock()

    expect(
      await isCollectable(async () => {
        const store = createStore(foo, { clock, expiry })
        const key = store.init(value)
        store.tryAcquire(key, { leaseMs: 1_000 })
        const waiting = errorOf(() => store.acquire(key))
        await store.close()
        await waiting
        return store
      }),
    ).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('a wait of its own length leaves no timer when it ends early', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const key = store.init({ bar: 1, baz: 2 })
    using _ = store.tryAcquire(key)
    const before = clock.pending

    for (let timeoutMs = 1_000_000; timeoutMs < 1_000_100; timeoutMs++) {
      const abort = new AbortController()
      const waiting = store.acquire(key, { timeoutMs, signal: abort.signal }).catch(() => undefined)
      abort.abort()
      await waiting
    }

    expect(clock.pending).toBe(before)
  })

  it('no timer keeps the process alive', async () => {
    const program = `
      import { createStore, defineValue, ok } from '@livestore-kv/actors'
      const tally = defineValue({ name: 'tally', revision: '1', mutations: { add: (value) => ok(value + 1) } })
      const store = createStore(tally, { expiry: { timeoutMs: 3_600_000 } })
      const key = store.init(1)
      store.expireIn(key, 1_800_000)
      store.tryAcquire(key, { leaseMs: 900_000 })
      store.mutate(key, { type: 'add' }).catch(() => undefined)
      store.watch(key).onUpdate(() => undefined)
      process.stdout.write('done')
    `
    // A process of its own, from the built package: it exits by itself, or runs into the limit and fails.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: fileURLToPath(new URL('..', import.meta.url)), timeout: 60_000 },
    )

    expect(stdout).toBe('done')
  })
})
