import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 12. */
export function describeClosing({ describe, it, expect, start }: ConformanceSuite): void {
  describe('12. from close() on', () => {
    it('writes and acquires fail with STORE_CLOSED', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      await store.close()

      for (const call of [
        () => store.init(value),
        () => store.create(key, value),
        () => store.assign(key, value),
        () => store.insert(key, value),
        () => store.remove(key),
        () => store.mutate(key, { type: 'setBar', bar: 5 }),
        () => store.update(key, (old) => old),
        () => store.broadcast(key, { type: 'sendBar' }),
        () => store.acquire(key),
        () => store.tryAcquire(key),
        () => store.withLock(key, () => 1),
        () => store.touch(key),
        () => store.expireIn(key, 1_000),
      ]) {
        expect(await errorOf(call)).toMatchObject({ code: 'STORE_CLOSED' })
      }
    })

    it('waiters fail with STORE_CLOSED, and guards are released', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      const waiting = [
        errorOf(() => store.mutate(key, { type: 'setBar', bar: 5 })),
        errorOf(() => store.insert(key, value)),
        errorOf(() => store.acquire(key)),
      ]

      await store.close()

      for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'STORE_CLOSED' })
      expect(guard?.signal.aborted).toBe(true)
      expect(await errorOf(() => guard?.set(value))).toBeDefined()
    })

    it('watches get remove with reason closed, and that of the whole store ends', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const one = new UpdateReader(await store.watch(key))
      const all = new UpdateReader(await store.watchAll())
      const awaiting = new UpdateReader(await store.watch(key, { awaitCreation: true }))

      await store.close()

      expect(await one.rest()).toMatchObject([{ type: 'remove', key, reason: 'closed', old: { value } }])
      expect(await awaiting.rest()).toMatchObject([{ type: 'remove', key, reason: 'closed' }])
      expect(await all.rest()).toEqual([])
    })

    it('a watch that awaits creation and lags gets its final remove too', async () => {
      await using trial = await start({ channelCapacity: 1 })
      const { store } = trial
      const key = await store.init(value)
      const updates = new UpdateReader(await store.watch(key, { awaitCreation: true }))
      for (let bar = 1; bar <= 3; bar++) await store.mutate(key, { type: 'setBar', bar })

      await store.close()

      expect(await updates.rest()).toMatchObject([
        { type: 'lagged', missed: 3 },
        { type: 'remove', reason: 'closed' },
      ])
    })

    it('reads see the last state until it resolves, and closing again is nothing', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      const closing = store.close()
      const entry = await store.fetch(key)
      await closing
      await store.close()

      expect(entry).toMatchObject({ key, value })
    })
  })
}
