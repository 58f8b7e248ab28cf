import { createKey, StoreError } from '@livestore-kv/core'
import type { Update } from '@livestore-kv/core'
import { createStore } from '@livestore-kv/actors'
import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'
import { explosion, foo } from './foo.ts'
import type { FooTypes } from './foo.ts'

const value = { bar: 1, baz: 2 }

function code(expected: string): unknown {
  return expect.objectContaining({ code: expected })
}

describe('store', () => {
  it('stores under a new key, fetches, counts and lists', async () => {
    await using store = createStore(foo)

    const key = store.init(value)

    expect(store.fetch(key)).toMatchObject({ key, value, version: 1 })
    expect(store.fetch(key.toUpperCase())?.key).toBe(key)
    expect(store.has(key)).toBe(true)
    expect(store.count()).toBe(1)
    expect([...store.keys()]).toEqual([key])
    expect([...store.entries()]).toEqual([store.fetch(key)])
  })

  it('misses a bad key where it reads and throws INVALID_KEY where it would store it', async () => {
    await using store = createStore(foo)

    expect(store.fetch('lobby')).toBeUndefined()
    expect(store.fetch(undefined as never)).toBeUndefined()
    expect(await store.mutate('lobby', { type: 'setBar', bar: 1 })).toBeUndefined()
    expect(() => store.create('lobby', value)).toThrow(code('INVALID_KEY') as Error)
    await expect(store.insert('lobby', value)).rejects.toEqual(code('INVALID_KEY'))
    expect(() => store.watch('lobby', { awaitCreation: true })).toThrow(code('INVALID_KEY') as Error)
  })

  it('create leaves an existing entry alone and answers it', async () => {
    await using store = createStore(foo)
    const key = createKey()

    expect(store.create(key, value)).toBeUndefined()
    expect(store.create(key, { bar: 9, baz: 9 })?.value).toEqual(value)
    expect(store.fetch(key)?.version).toBe(1)
  })

  it('assign, insert, update and remove answer the entry as documented', async () => {
    await using store = createStore(foo)
    const key = createKey()

    expect(await store.assign(key, value)).toBeUndefined()
    expect(store.has(key)).toBe(false)
    expect(await store.insert(key, value)).toBeUndefined()
    expect((await store.insert(key, { bar: 3, baz: 3 }))?.value).toEqual(value)
    expect((await store.assign(key, { bar: 4, baz: 4 }))?.value.bar).toBe(3)
    expect((await store.update(key, (old) => ({ ...old, bar: old.bar + 1 })))?.value.bar).toBe(5)
    expect((await store.remove(key))?.version).toBe(4)
    expect(await store.remove(key)).toBeUndefined()
    expect(store.count()).toBe(0)
  })

  it('gives every incarnation of a key another epoch', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const first = store.fetch(key)?.epoch

    await store.remove(key)
    store.create(key, value)

    expect(store.fetch(key)?.epoch).not.toBe(first)
  })

  it('fails creations past maxEntries with STORE_FULL', async () => {
    await using store = createStore(foo, { maxEntries: 1 })
    store.init(value)

    expect(() => store.init(value)).toThrow(code('STORE_FULL') as Error)
  })

  it('freezes what is stored outside production', async () => {
    await using store = createStore(foo)
    const key = store.init({ bar: 1, baz: 1 })

    expect(Object.isFrozen(store.fetch(key)?.value)).toBe(true)
  })

  it.each([
    ['shardCount', { shardCount: 3 }],
    ['maxEntries', { maxEntries: 0 }],
    ['mailboxCapacity', { mailboxCapacity: 1.5 }],
    ['waitTimeoutMs', { waitTimeoutMs: -1 }],
    ['channelCapacity', { channelCapacity: Number.NaN }],
    ['expiry.timeoutMs', { expiry: { timeoutMs: 0 } }],
    ['freeze', { freeze: 'shallow' }],
    ['chanelCapacity', { chanelCapacity: 4 }],
  ])('names the option that is wrong: %s', (option, options) => {
    expect(() => createStore(foo, options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining(option) }),
    )
  })

  it('fails writes and waiters with STORE_CLOSED from close() on, and still reads', async () => {
    const store = createStore(foo)
    const key = store.init(value)
    const guard = store.tryAcquire(key)
    const waiting = store.mutate(key, { type: 'setBar', bar: 7 })
    const updates: Update<FooTypes>[] = []
    store.watch(key)?.onUpdate((update) => updates.push(update))

    const closing = store.close()

    await expect(waiting).rejects.toEqual(code('STORE_CLOSED'))
    await expect(store.mutate(key, { type: 'setBar', bar: 7 })).rejects.toEqual(code('STORE_CLOSED'))
    expect(() => store.init(value)).toThrow(code('STORE_CLOSED') as Error)
    expect(guard?.signal.aborted).toBe(true)
    expect(updates.at(-1)).toMatchObject({ type: 'remove', reason: 'closed' })
    expect(store.fetch(key)?.value).toEqual(value)
    await closing
    await store.close()
  })
})

describe('store.mutate', () => {
  it('answers the new entry, a typed refusal, or undefined for a missing key', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    expect(await store.mutate(key, { type: 'setBar', bar: 7 })).toMatchObject({
      ok: true,
      value: { version: 2 },
    })
    expect(await store.mutate(key, { type: 'setBar', bar: 42 })).toEqual({ ok: false, error: 'bar-was-42' })
    expect(await store.mutate(createKey(), { type: 'setBar', bar: 7 })).toBeUndefined()
  })

  it('changes nothing and tells nobody when it is refused or throws', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const before = store.fetch(key)
    const updates: unknown[] = []
    store.watch(key)?.onUpdate((update) => updates.push(update))

    await store.mutate(key, { type: 'setBar', bar: 42 })
    await expect(store.mutate(key, { type: 'explode' })).rejects.toBe(explosion)

    expect(store.fetch(key)).toBe(before)
    expect(updates).toEqual([])
    expect(await store.mutate(key, { type: 'setBar', bar: 1 })).toMatchObject({ ok: true })
  })

  it('throws VERSION_CONFLICT when the entry is not at ifVersion', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const epoch = store.fetch(key)?.epoch ?? Number.NaN

    await expect(store.mutate(key, { type: 'setBar', bar: 1 }, { ifVersion: 2 })).rejects.toEqual(
      code('VERSION_CONFLICT'),
    )
    await expect(store.insert(key, value, { ifVersion: 0 })).rejects.toEqual(code('VERSION_CONFLICT'))
    await expect(store.remove(key, { ifVersion: { epoch: epoch + 1, version: 1 } })).rejects.toEqual(
      code('VERSION_CONFLICT'),
    )
    expect(await store.remove(key, { ifVersion: { epoch, version: 1 } })).toBeDefined()
    expect(await store.insert(key, value, { ifVersion: 0 })).toBeUndefined()
  })

  it('throws REENTRANT for a store call from inside a handler', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    const nested = store.update(key, (old) => {
      store.fetch(key)
      return old
    })

    await expect(nested).rejects.toEqual(code('REENTRANT'))
  })
})

describe('store.acquire', () => {
  it('grants guards in turn, each with a larger token', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    const first = await store.acquire(key)
    const second = store.acquire(key)
    first?.release()

    expect((await second)?.token).toBeGreaterThan(first?.token ?? Infinity)
  })

  it('keeps other changes waiting, in order, until the guard is released', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const order: string[] = []
    const guard = await store.acquire(key)

    const mutated = store.mutate(key, { type: 'setBar', bar: 5 }).then(() => order.push('mutate'))
    const removed = store.remove(key).then(() => order.push('remove'))
    const late = store.mutate(key, { type: 'setBar', bar: 6 })
    const reinserted = store.insert(key, { bar: 8, baz: 8 })
    guard?.mutate({ type: 'setBaz', baz: 9 })
    expect(store.fetch(key)?.value).toEqual({ bar: 1, baz: 9 })
    guard?.release()
    await Promise.all([mutated, removed])

    expect(order).toEqual(['mutate', 'remove'])
    expect(await late).toBeUndefined()
    expect(await reinserted).toBeUndefined()
    expect(store.fetch(key)?.value).toEqual({ bar: 8, baz: 8 })
  })

  it('runs a call with the token of the guard at once, and no other', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const guard = await store.acquire(key)
    const token = guard?.token ?? 0

    expect(await store.mutate(key, { type: 'setBar', bar: 5 }, { token })).toMatchObject({ ok: true })
    await expect(store.mutate(key, { type: 'setBar', bar: 5 }, { token: token + 1 })).rejects.toEqual(
      code('GUARD_RELEASED'),
    )
    await store.remove(key, { token })
    store.create(key, value)
    await expect(store.mutate(key, { type: 'setBar', bar: 5 }, { token })).rejects.toEqual(
      code('GUARD_RELEASED'),
    )
    expect(() => guard?.set(value)).toThrow(code('GUARD_RELEASED') as Error)
  })

  it('refuses waiters past mailboxCapacity, ends them after waitTimeoutMs and on abort', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, mailboxCapacity: 2, waitTimeoutMs: 1_000 })
    const key = store.init(value)
    const guard = store.tryAcquire(key, { holder: 'ada' })
    const abort = new AbortController()

    const cancelled = store.acquire(key, { signal: abort.signal })
    const late = store.acquire(key)
    await expect(store.acquire(key)).rejects.toEqual(code('MAILBOX_FULL'))
    abort.abort(new Error('never mind'))
    await expect(cancelled).rejects.toThrow('never mind')
    clock.advance(1_000)

    await expect(late).rejects.toThrow(/ada/)
    expect(store.tryAcquire(key)).toBeUndefined()
    guard?.release()
    store.tryAcquire(key)?.release()
    expect(clock.pending).toBe(0)
  })

  it('loses the guard when its lease ends, and lets the next one in', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const key = store.init(value)
    const guard = await store.acquire(key, { leaseMs: 1_000 })
    const next = store.acquire(key)

    clock.advance(900)
    guard?.renew(1_000)
    clock.advance(900)
    expect(guard?.signal.aborted).toBe(false)
    clock.advance(100)

    expect(guard?.signal.aborted).toBe(true)
    expect((await next)?.token).toBeGreaterThan(guard?.token ?? Infinity)
    expect(() => guard?.renew(1)).toThrow(code('GUARD_RELEASED') as Error)
  })

  it('withLock releases whatever happens, and rejects NOT_FOUND for a missing key', async () => {
    await using store = createStore(foo)
    const key = store.init(value)

    expect(await store.withLock(key, (guard) => guard.update((old) => ({ ...old, bar: 3 })).version)).toBe(2)
    await expect(store.withLock(key, () => Promise.reject(explosion))).rejects.toBe(explosion)
    await expect(store.withLock(createKey(), () => 1)).rejects.toEqual(code('NOT_FOUND'))
    using guard = store.tryAcquire(key)
    expect(guard).toBeDefined()
    guard?.remove()
    expect(store.has(key)).toBe(false)
  })
})

describe('store.watch', () => {
  it('gives every update in order, from the snapshot to the final remove', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const watch = store.watch(key)
    await store.mutate(key, { type: 'setBar', bar: 7 })
    await store.assign(key, value, { message: { type: 'sendBar' } })
    store.broadcast(key, { type: 'sendBar' })
    store.tryAcquire(key, { holder: 'ada' })?.release()
    store.touch(key)
    await store.remove(key)

    const types: string[] = []
    for await (const update of watch ?? []) types.push(update.type)

    expect(watch?.entry?.version).toBe(1)
    expect(types).toEqual(['mutate', 'overwrite', 'message', 'lock', 'unlock', 'deadline', 'remove'])
  })

  it('says how many updates it lost when it lags, and still ends with remove', async () => {
    await using store = createStore(foo, { channelCapacity: 2 })
    const key = store.init(value)
    const watch = store.watch(key)
    for (let bar = 0; bar < 3; bar++) await store.mutate(key, { type: 'setBar', bar })
    store.broadcast(key, { type: 'sendBar' })
    await store.remove(key)

    const updates: Update<FooTypes>[] = []
    for await (const update of watch ?? []) updates.push(update)

    expect(updates).toMatchObject([
      { type: 'lagged', missed: 4, missedMessages: 1 },
      { type: 'remove', old: { version: 4 } },
    ])
  })

  it('tells a change asked for inside a listener after the current one, to everybody', async () => {
    await using store = createStore(foo)
    const key = store.init(value)
    const heard: string[] = []
    let nested: Promise<unknown> | undefined
    store.watch(key)?.onUpdate((update) => {
      if (update.type !== 'mutate') return
      heard.push(`first ${update.new.version}`)
      nested ??= store.mutate(key, { type: 'setBaz', baz: 5 })
    })
    store
      .watch(key)
      ?.onUpdate((update) => heard.push(`second ${update.type === 'mutate' ? update.new.version : ''}`))

    await store.mutate(key, { type: 'setBar', bar: 5 })
    await nested

    expect(heard).toEqual(['first 2', 'second 2', 'first 3', 'second 3'])
  })

  it('hands what a listener throws or rejects with to onError, and goes on', async () => {
    const errors: unknown[] = []
    await using store = createStore(foo, { onError: (error) => errors.push(error) })
    const key = store.init(value)
    let heard = 0
    store.watch(key)?.onUpdate(() => {
      throw explosion
    })
    store.watch(key)?.onUpdate(() => Promise.reject(explosion))
    store.watch(key)?.onUpdate(() => heard++)

    await store.mutate(key, { type: 'setBar', bar: 5 })
    await Promise.resolve()

    expect(errors).toEqual([explosion, explosion])
    expect(heard).toBe(1)
  })

  it('awaits creation and lives on from one incarnation to the next', async () => {
    await using store = createStore(foo)
    const key = createKey()
    const types: string[] = []
    const watch = store.watch(key, { awaitCreation: true })
    watch.onUpdate((update) => types.push(update.type))

    store.create(key, value)
    await store.remove(key)
    store.create(key, value)
    watch.close()
    await store.remove(key)

    expect(types).toEqual(['create', 'remove', 'create'])
  })

  it('watches the whole store, and has one consumer', async () => {
    await using store = createStore(foo)
    using watch = store.watchAll()
    const abort = new AbortController()
    const cancelled = store.watchAll({ signal: abort.signal })
    const types: string[] = []
    watch.onUpdate((update) => types.push(update.type))

    const key = store.init(value)
    abort.abort()
    await store.mutate(key, { type: 'setBar', bar: 7 })
    const rest: unknown[] = []
    for await (const update of cancelled) rest.push(update)

    expect(types).toEqual(['create', 'mutate'])
    expect(rest).toEqual([])
    expect(() => watch.onUpdate(() => undefined)).toThrow(StoreError)
  })
})

describe('expiry', () => {
  it('removes what was not changed for timeoutMs within two sweeps, and nothing fresh', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000, sweepMs: 1_000 } })
    const stale = store.init(value)
    const fresh = store.init(value)
    const expired: string[] = []
    const stop = store.onExpire((batch) => expired.push(...batch.map(({ key }) => key)))
    const updates: Update<FooTypes>[] = []
    store.watch(stale)?.onUpdate((update) => updates.push(update))

    clock.advance(6_000)
    await store.mutate(fresh, { type: 'setBar', bar: 7 })
    clock.advance(6_000)

    expect(store.has(stale)).toBe(false)
    expect(store.has(fresh)).toBe(true)
    expect(expired).toEqual([stale])
    expect(updates).toMatchObject([{ type: 'remove', reason: 'expired', old: { value } }])
    stop()
    clock.advance(12_000)
    expect(store.count()).toBe(0)
    expect(expired).toEqual([stale])
  })

  it('spares what is held, touched or kept by keepWhile', async () => {
    const clock = new FakeClock()
    const keepWhile = (_: unknown, { watchers }: { watchers: number }): boolean => watchers > 0
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000, keepWhile } })
    const held = store.init(value)
    const guard = store.tryAcquire(held)
    const touched = store.init(value)
    const watched = store.init(value)
    using _ = store.watch(watched)

    clock.advance(9_000)
    store.touch(touched)
    clock.advance(9_000)
    expect([...store.keys()].sort()).toEqual([held, touched, watched].sort())
    guard?.release()
    clock.advance(4_000)

    expect([...store.keys()]).toEqual([watched])
  })

  it('gives an entry a deadline of its own, which overwriting clears and mutating keeps', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock })
    const mutated = store.init(value)
    const overwritten = store.init(value)
    for (const key of [mutated, overwritten]) store.expireIn(key, 5_000)
    expect(store.expiresAt(mutated)).toBe(clock.now() + 5_000)

    await store.mutate(mutated, { type: 'setBar', bar: 7 })
    await store.assign(overwritten, value)
    clock.advance(7_000)

    expect(store.has(mutated)).toBe(false)
    expect(store.has(overwritten)).toBe(true)
    expect(store.expiresAt(overwritten)).toBeUndefined()
  })
})
