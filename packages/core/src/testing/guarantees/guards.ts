import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 2, tokens and leases. */
export function describeGuards({ describe, it, expect, start }: ConformanceSuite): void {
  describe('2. while a guard is held, nobody else changes or removes the entry', () => {
    it('keeps every other writer waiting until the guard is released', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      let answered = 0

      const waiting = [
        store.mutate(key, { type: 'setBar', bar: 5 }),
        store.assign(key, { bar: 6, baz: 6 }),
        store.insert(key, { bar: 7, baz: 7 }),
        store.update(key, (old) => old),
        store.remove(key),
      ].map((call) => call.then(() => answered++))
      await guard?.mutate({ type: 'setBaz', baz: 9 })
      const held = await store.fetch(key)
      expect(held).toMatchObject({ value: { bar: 1, baz: 9 }, version: 2 })
      expect(answered).toBe(0)
      await guard?.release()
      await Promise.all(waiting)

      expect(answered).toBe(5)
      expect(await store.has(key)).toBe(false)
    })

    it('lets anybody read the entry and broadcast to it', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const updates = new UpdateReader(await store.watch(key))
      await store.acquire(key, { holder: 'ada' })

      expect(await store.fetch(key)).toMatchObject({ value })
      expect(await store.broadcast(key, { type: 'sendBar' })).toBe(true)
      expect(await updates.take(2)).toMatchObject([
        { type: 'lock', key, holder: 'ada' },
        { type: 'message', key, message: { type: 'sendBar' } },
      ])
    })

    it('does not let the entry expire', async () => {
      await using trial = await start({ expiry: { timeoutMs: 1_000, sweepMs: 100 } })
      const { store, advance } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      await advance(5_000)
      expect(await store.has(key)).toBe(true)
      await guard?.release()
      await advance(200)

      expect(await store.has(key)).toBe(false)
    })

    it('runs a call with the token of the guard under its lock, and no other', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const other = await store.init(value)
      const stranger = await store.acquire(other)
      const guard = await store.acquire(key)
      const token = guard?.token ?? 0

      expect(await store.mutate(key, { type: 'setBar', bar: 5 }, { token })).toMatchObject({ ok: true })
      expect(await store.update(key, (old) => old, { token })).toMatchObject({ version: 3 })
      expect(await store.insert(key, value, { token })).toMatchObject({ version: 3 })
      const wrong = { token: stranger?.token ?? 0 }
      expect(await errorOf(() => store.assign(key, value, wrong))).toMatchObject({ code: 'GUARD_RELEASED' })
      await guard?.release()
      expect(await errorOf(() => store.assign(key, value, { token }))).toMatchObject({
        code: 'GUARD_RELEASED',
      })
    })

    it('answers every call of a released guard with GUARD_RELEASED; releasing again is nothing', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      if (guard === undefined) throw new Error('the entry was not there')

      await guard.release()
      await guard.release()

      for (const call of [
        () => guard.mutate({ type: 'setBar', bar: 5 }),
        () => guard.set(value),
        () => guard.update((old) => old),
        () => guard.remove(),
        () => guard.broadcast({ type: 'sendBar' }),
        () => guard.watch(),
        () => guard.renew(1_000),
      ]) {
        expect(await errorOf(call)).toMatchObject({ code: 'GUARD_RELEASED' })
      }
      expect(guard.signal.aborted).toBe(false)
    })

    it('a second release takes nothing from the next holder', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const first = await store.acquire(key)
      await first?.release()
      const second = await store.acquire(key)

      await first?.release()

      expect(await store.tryAcquire(key)).toBeUndefined()
      await second?.set({ bar: 9, baz: 9 })
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 9 } })
    })

    it('loses the guard when its lease ends, and lets the next one in', async () => {
      await using trial = await start()
      const { store, advance } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key, { leaseMs: 1_000 })
      const next = store.acquire(key)

      await advance(900)
      await guard?.renew(1_000)
      await advance(900)
      expect(guard?.signal.aborted).toBe(false)
      await advance(200)

      expect((await next)?.token).toBeGreaterThan(guard?.token ?? Infinity)
      expect(guard?.signal.aborted).toBe(true)
      expect(await errorOf(() => guard?.renew(1_000))).toMatchObject({ code: 'GUARD_RELEASED' })
    })

    it('names the holder to watchers, with the end of the lease, and says when it is over', async () => {
      await using trial = await start()
      const { store, advance } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)
      const updates = new UpdateReader(watch)

      const guard = await store.tryAcquire(key, { holder: 'ada', leaseMs: 1_000 })
      const [lock] = await updates.take(1)
      await guard?.renew(5_000)
      const [renewed] = await updates.take(1)
      expect(watch?.lock).toMatchObject({ holder: 'ada' })
      await advance(6_000)

      expect(lock).toMatchObject({ type: 'lock', holder: 'ada' })
      const ends = lock?.type === 'lock' ? lock.expiresAt : undefined
      expect(renewed?.type === 'lock' && renewed.expiresAt).toBeGreaterThan(ends ?? Infinity)
      expect(await updates.take(1)).toMatchObject([{ type: 'unlock', key }])
      expect(watch?.lock).toBeUndefined()
    })
  })
}
