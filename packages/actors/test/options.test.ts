import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createStore } from '@livestore-kv/actors'
import type { StoreOptions } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import type { FooTypes } from '@livestore-kv/core/testing'
import { errorOf, FakeClock, foo } from '@livestore-kv/core/testing'
import { describe, expect, it, vi } from 'vitest'
import { resolveOptions } from '../src/options/store-options.ts'
import { StoreContext } from '../src/store-context.ts'

const value = { bar: 1, baz: 2 }

describe('11. options are checked once, at construction, with an error that names the option', () => {
  it.each([
    ['shardCount', { shardCount: 3 }],
    ['shardCount', { shardCount: 0 }],
    ['shardCount', { shardCount: 512 }],
    ['shardCount', { shardCount: '16' }],
    ['maxEntries', { maxEntries: -1 }],
    ['mailboxCapacity', { mailboxCapacity: '4' }],
    ['waitTimeoutMs', { waitTimeoutMs: Number.NaN }],
    ['channelCapacity', { channelCapacity: 0 }],
    ['expiry.timeoutMs', { expiry: {} }],
    ['expiry.sweepMs', { expiry: { timeoutMs: 1, sweepMs: 0 } }],
    ['freeze', { freeze: 'shallow' }],
    ['expiry', { expiry: 5 }],
    ['keepWhile', { expiry: { timeoutMs: 1, keepWhile: true } }],
    ['swepMs', { expiry: { timeoutMs: 1, swepMs: 1 } }],
    ['clock', { clock: {} }],
    ['onError', { onError: 5 }],
    ['options', null],
    ['chanelCapacity', { chanelCapacity: 4 }],
  ])('%s: %j', (option, options) => {
    // What JavaScript passes is not held by types.
    const wrong = options as unknown as StoreOptions<FooTypes>

    expect(() => createStore(foo, wrong)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining(option) }),
    )
  })

  it.each([undefined, null, 5, {}, { name: 'foo' }])('a definition that is none: %j', (definition) => {
    // What JavaScript passes is not held by types.
    const wrong = definition as unknown as typeof foo

    expect(() => createStore(wrong)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^INVALID_/),
        message: expect.stringContaining('definition'),
      }),
    )
  })

  it.each(['acquire', 'tryAcquire', 'mutate', 'insert', 'withLock'] as const)(
    'those of one call too: %s',
    async (call) => {
      await using store = createStore(foo)
      const key = store.init(value)
      // What JavaScript passes is not held by types.
      const wrong = { leaseMS: 5 } as object
      const calls = {
        acquire: () => store.acquire(key, wrong),
        tryAcquire: () => store.tryAcquire(key, wrong),
        mutate: () => store.mutate(key, { type: 'setBaz', baz: 1 }, wrong),
        insert: () => store.insert(createKey(), value, wrong),
        withLock: () => store.withLock(key, () => 7, wrong),
      }

      expect(await errorOf(calls[call])).toMatchObject({
        code: 'INVALID_OPTIONS',
        message: expect.stringContaining('"leaseMS"'),
      })
      expect(store.tryAcquire(key)).toBeDefined()
    },
  )

  it.each([
    ['acquire', { token: 1 }, '"token"'],
    ['acquire', { ifVersion: 1 }, '"ifVersion"'],
    ['acquire', { holder: 5 }, 'holder'],
    ['tryAcquire', { timeoutMs: 1 }, '"timeoutMs"'],
    ['tryAcquire', { holder: Object.create(null) }, 'holder'],
    ['mutate', { leaseMs: 1 }, '"leaseMs"'],
    ['mutate', { message: {} }, '"message"'],
    ['mutate', { ifVersion: null }, 'ifVersion'],
    ['insert', { holder: 'ada' }, '"holder"'],
  ] as const)('those of another call: %s with %j', async (call, options, named) => {
    await using store = createStore(foo)
    const key = store.init(value)
    // What JavaScript passes is not held by types.
    const wrong: object = options
    const calls = {
      acquire: () => store.acquire(key, wrong),
      tryAcquire: () => store.tryAcquire(key, wrong),
      mutate: () => store.mutate(key, { type: 'setBaz', baz: 1 }, wrong),
      insert: () => store.insert(key, value, wrong),
    }

    expect(await errorOf(calls[call])).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining(named),
    })
    expect(store.fetch(key)?.version).toBe(1)
  })

  it.each([
    [{ awaitsCreation: true }, '"awaitsCreation"'],
    [{ signal: 5 }, 'signal'],
    [null, 'options'],
  ])('those of a watch too, which then is none: %j', async (options, named) => {
    await using store = createStore(foo)
    const key = store.init(value)
    const wrong = options as object
    const error = expect.objectContaining({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining(named),
    })

    expect(() => store.watch(key, wrong)).toThrow(error)
    expect(() => store.watchAll(wrong)).toThrow(error)
    expect(await errorOf(() => store.mutate(key, { type: 'setBar', bar: 1 }, wrong))).toMatchObject({
      code: 'INVALID_OPTIONS',
    })
  })

  it('an import does no work: no signal handler, no global, and the process ends by itself', async () => {
    const program = `
      const globals = () => Reflect.ownKeys(globalThis).map(String)
      const before = { globals: globals(), events: process.eventNames().map(String) }
      await import('@livestore-kv/actors')
      const after = { globals: globals(), events: process.eventNames().map(String) }
      process.stdout.write(String(JSON.stringify(before) === JSON.stringify(after)))
    `
    // A process of its own, from the built package.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: fileURLToPath(new URL('..', import.meta.url)), timeout: 60_000 },
    )

    expect(stdout).toBe('true')
  })
})

describe('the options', () => {
  it('shardCount spreads the keys and loses none', async () => {
    for (const shardCount of [1, 2, 64, 256]) {
      await using store = createStore(foo, { shardCount })
      const keys = Array.from({ length: 200 }, () => store.init(value))

      expect(new Set(store.keys())).toEqual(new Set(keys))
      expect(keys.every((key) => store.has(key) && store.has(key.toUpperCase()))).toBe(true)
    }
  })

  it.each([16, 64])('of %i shards none holds what is no key', async (shardCount) => {
    await using store = createStore(foo, { shardCount })
    store.init(value)

    const keys = ['', 'a', 'g'.repeat(36), '€', 5, {}, undefined, null, Symbol('key'), Object.create(null)]
    for (const key of keys as never[]) {
      expect(store.has(key)).toBe(false)
      expect(await store.mutate(key, { type: 'setBar', bar: 1 })).toBeUndefined()
      expect(() => store.watch(key, { awaitCreation: true })).toThrow(
        expect.objectContaining({ code: 'INVALID_KEY' }),
      )
    }
  })

  it.each([2, 16, 64, 256])('shardCount puts some of the keys into each of %i shards', (shardCount) => {
    const context = new StoreContext(foo, resolveOptions({ shardCount }))

    const shards = new Set(Array.from({ length: 10_000 }, () => context.shards.of(createKey())))

    expect(shards.size).toBe(shardCount)
  })

  it('freeze: deep makes a stray write throw, at any depth, of what comes in and what comes out', async () => {
    interface DeepTypes extends FooTypes {
      value: { bar: number; baz: number; deep?: { list: number[] } }
    }
    await using store = createStore<DeepTypes>(foo, { freeze: 'deep' })
    const given = { ...value, deep: { list: [1] } }

    const key = store.init(given)

    expect(() => given.deep.list.push(2)).toThrow(TypeError)
    expect(Object.isFrozen(store.fetch(key)?.value.deep?.list)).toBe(true)
    await store.mutate(key, { type: 'setBar', bar: 5 })
    expect(Object.isFrozen(store.fetch(key)?.value)).toBe(true)
  })

  it('freeze: deep covers entries and updates: nobody can change what others see', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 1_000 }, freeze: 'deep' })
    const key = store.init(value)
    const seen: object[] = []
    store.watchAll().onUpdate((update) => seen.push(update))
    store.onExpire((batch) => seen.push(batch, ...batch))

    await store.mutate(key, { type: 'setBar', bar: 5 })
    await store.assign(key, value, { message: { type: 'sendBar' } })
    store.broadcast(key, { type: 'sendBar' })
    store.tryAcquire(key, { holder: 'ada' })?.release()
    store.touch(key)
    seen.push(store.fetch(key) ?? {})
    clock.advance(3_000)

    expect(seen.length).toBe(10)
    expect(seen.filter((each) => !Object.isFrozen(each))).toEqual([])
  })

  it('freeze: deep reaches what lies below an object that was frozen by others', async () => {
    interface DeepTypes extends FooTypes {
      value: { bar: number; baz: number; deep?: { list: number[] } }
    }
    await using store = createStore<DeepTypes>(foo, { freeze: 'deep' })

    const key = store.init(Object.freeze({ ...value, deep: { list: [1] } }))

    expect(Object.isFrozen(store.fetch(key)?.value.deep?.list)).toBe(true)
  })

  it('freeze: false leaves values as they are, and is the default in production', async () => {
    await using thawed = createStore(foo, { freeze: false })
    expect(Object.isFrozen(thawed.fetch(thawed.init({ ...value }))?.value)).toBe(false)

    vi.stubEnv('NODE_ENV', 'production')
    await using production = createStore(foo)
    vi.unstubAllEnvs()
    expect(Object.isFrozen(production.fetch(production.init({ ...value }))?.value)).toBe(false)

    await using development = createStore(foo)
    expect(Object.isFrozen(development.fetch(development.init({ ...value }))?.value)).toBe(true)
  })

  it('clock is where all time comes from', async () => {
    const clock = new FakeClock(1_000)
    await using store = createStore(foo, { clock })
    const key = store.init(value)

    clock.advance(500)
    await store.mutate(key, { type: 'setBar', bar: 5 })

    expect(store.fetch(key)).toMatchObject({ createdAt: 1_000, changedAt: 1_500 })
  })

  it('a deadline further away than the longest timer is kept', async () => {
    const clock = new FakeClock()
    const month = 30 * 24 * 3_600_000
    await using store = createStore(foo, { clock })
    const key = store.init(value)
    const guard = store.tryAcquire(key, { leaseMs: month })

    clock.advance(month - 1)
    expect(guard?.signal.aborted).toBe(false)
    clock.advance(1)

    expect(guard?.signal.aborted).toBe(true)
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('worse')
      },
    ],
    ['rejects', () => Promise.reject(new Error('worse'))],
  ])('onError that %s itself hurts nobody', async (_, onError) => {
    await using store = createStore(foo, { onError })
    const key = store.init(value)
    store.watch(key)?.onUpdate(() => {
      throw new Error('bad')
    })

    expect(await store.mutate(key, { type: 'setBar', bar: 5 })).toMatchObject({ ok: true })
  })

  it('the time of the system goes on where the clock of the machine is set back', async () => {
    await using store = createStore(foo)
    const first = store.fetch(store.init(value))?.createdAt ?? NaN
    const hour = 3_600_000
    const now = vi.spyOn(Date, 'now')

    await nextTurn()
    now.mockReturnValue(first - hour)
    const second = store.fetch(store.init(value))?.createdAt ?? NaN
    await nextTurn()
    now.mockReturnValue(first + hour)
    const third = store.fetch(store.init(value))?.createdAt ?? NaN

    expect(second).toBeGreaterThanOrEqual(first)
    expect(second).toBeLessThan(first + hour)
    expect(third).toBe(first + hour)
  })

  it('a value that could not be frozen is not taken for frozen when it comes again', async () => {
    await using store = createStore(foo, { freeze: 'deep' })
    let isBroken = true
    const deep = {
      get nested(): object {
        if (isBroken) throw new Error('not now')
        return { list: [1] }
      },
    }
    const last = { list: [1] }
    const held = { bar: 1, baz: 1, deep, last } as typeof value

    expect(await errorOf(() => store.init(held))).toMatchObject({ message: 'not now' })
    isBroken = false
    store.init(held)

    expect(Object.isFrozen(last.list)).toBe(true)
  })

  it('without options a store runs on the time of the system and never expires', async () => {
    const before = Date.now()
    await using store = createStore(foo)
    const key = store.init(value)

    expect(store.fetch(key)?.createdAt).toBeGreaterThanOrEqual(before)
    expect(store.expiresAt(key)).toBeUndefined()
    expect(store.expireIn(key, 1_000)).toBe(true)
    expect(store.has(createKey())).toBe(false)
  })
})
