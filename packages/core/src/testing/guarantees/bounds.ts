import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 9. */
export function describeBounds({ describe, it, expect, start }: ConformanceSuite): void {
  describe('9. everything that can wait is bounded, can be cancelled and ends by itself', () => {
    it('refuses callers past mailboxCapacity with MAILBOX_FULL', async () => {
      await using trial = await start({ mailboxCapacity: 2 })
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const waiting = [
        store.mutate(key, { type: 'setBar', bar: 5 }),
        store.mutate(key, { type: 'setBar', bar: 6 }),
      ]
      const refused = await errorOf(() => store.mutate(key, { type: 'setBar', bar: 7 }))
      await guard?.release()
      await Promise.all(waiting)

      expect(refused).toMatchObject({ code: 'MAILBOX_FULL' })
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 6 }, version: 3 })
    })

    it('refuses creations past maxEntries with STORE_FULL, and takes them again when there is room', async () => {
      await using trial = await start({ maxEntries: 2 })
      const { store } = trial
      const key = await store.init(value)
      await store.init(value)

      expect(await errorOf(() => store.init(value))).toMatchObject({ code: 'STORE_FULL' })
      expect(await store.insert(key, value)).toBeDefined()
      await store.remove(key)

      expect(await store.insert(key, value)).toBeUndefined()
    })

    it('ends every wait after waitTimeoutMs with WAIT_TIMEOUT, which names the holder', async () => {
      await using trial = await start({ waitTimeoutMs: 1_000 })
      const { store, advance } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key, { holder: 'ada' })

      const errors = [
        errorOf(() => store.mutate(key, { type: 'setBar', bar: 5 })),
        errorOf(() => store.assign(key, value)),
        errorOf(() => store.insert(key, value)),
        errorOf(() => store.update(key, (old) => old)),
        errorOf(() => store.remove(key)),
        errorOf(() => store.acquire(key)),
        errorOf(() => store.withLock(key, () => 1)),
      ]
      await advance(1_500)
      await guard?.release()

      for (const error of await Promise.all(errors)) {
        expect(error).toMatchObject({ code: 'WAIT_TIMEOUT' })
        expect(String(error).includes('ada')).toBe(true)
      }
      expect(await store.fetch(key)).toMatchObject({ value, version: 1 })
    })

    it('ends one wait after its own timeoutMs', async () => {
      await using trial = await start({ waitTimeoutMs: 60_000 })
      const { store, advance } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const impatient = errorOf(() => store.mutate(key, { type: 'setBar', bar: 5 }, { timeoutMs: 500 }))
      const patient = store.mutate(key, { type: 'setBar', bar: 6 })
      await advance(1_000)
      await guard?.release()

      expect(await impatient).toMatchObject({ code: 'WAIT_TIMEOUT' })
      expect(await patient).toMatchObject({ ok: true, value: { value: { bar: 6 }, version: 2 } })
    })

    it('cancels a wait when its signal aborts, with the reason, and leaves the others in their order', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      const abort = new AbortController()
      const reason = new Error('never mind')

      const cancelled = [
        errorOf(() => store.mutate(key, { type: 'setBar', bar: 5 }, { signal: abort.signal })),
        errorOf(() => store.acquire(key, { signal: abort.signal })),
      ]
      const other = store.mutate(key, { type: 'setBaz', baz: 6 })
      abort.abort(reason)
      await guard?.release()

      expect(await Promise.all(cancelled)).toEqual([reason, reason])
      expect(await other).toMatchObject({ ok: true, value: { value: { bar: 1, baz: 6 }, version: 2 } })
    })

    it('refuses a wait or a lease that is not a positive number of milliseconds', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      for (const ms of [0, -1, Number.NaN]) {
        for (const [name, call] of [
          ['timeoutMs', () => store.acquire(key, { timeoutMs: ms })],
          ['timeoutMs', () => store.mutate(key, { type: 'setBar', bar: 5 }, { timeoutMs: ms })],
          ['leaseMs', () => store.acquire(key, { leaseMs: ms })],
          ['leaseMs', () => store.tryAcquire(key, { leaseMs: ms })],
        ] as const) {
          const error = await errorOf(call)
          expect(error).toMatchObject({ code: 'INVALID_OPTIONS' })
          expect(String(error).includes(name)).toBe(true)
        }
      }
      expect(await store.tryAcquire(key)).toBeDefined()
    })

    it('refuses a call whose signal was aborted already, with its reason', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const abort = new AbortController()
      const reason = new Error('never mind')
      abort.abort(reason)
      const { signal } = abort

      expect(await errorOf(() => store.acquire(key, { signal }))).toBe(reason)
      expect(await errorOf(() => store.mutate(key, { type: 'setBar', bar: 5 }, { signal }))).toBe(reason)
      expect(await store.fetch(key)).toMatchObject({ version: 1 })
    })

    it('a signal that aborts after the turn changes nothing', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const abort = new AbortController()

      const guard = await store.acquire(key, { signal: abort.signal })
      abort.abort()

      expect(guard?.signal.aborted).toBe(false)
      await guard?.set({ bar: 5, baz: 5 })
      expect(await store.fetch(key)).toMatchObject({ version: 2 })
    })
  })
}
