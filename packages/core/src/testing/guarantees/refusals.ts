import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'
import { explosion } from '../foo.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 3. */
export function describeRefusals({ describe, it, expect, start }: ConformanceSuite): void {
  describe('3. a refused or throwing mutation changes nothing', () => {
    it('changes no value and no version, and tells no watcher', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const before = await store.fetch(key)
      const updates = new UpdateReader(await store.watch(key))

      await store.mutate(key, { type: 'setBar', bar: 42 })
      await errorOf(() => store.mutate(key, { type: 'explode' }))
      await errorOf(() =>
        store.update(key, () => {
          throw explosion
        }),
      )
      await store.broadcast(key, { type: 'sendBar' })

      expect(await store.fetch(key)).toEqual(before)
      expect(await updates.take(1)).toMatchObject([{ type: 'message' }])
    })

    it('does not refresh the idle clock', async () => {
      await using trial = await start({ expiry: { timeoutMs: 1_000, sweepMs: 100 } })
      const { store, advance } = trial
      const refused = await store.init(value)
      const exploded = await store.init(value)
      const accepted = await store.init(value)

      await advance(900)
      await store.mutate(refused, { type: 'setBar', bar: 42 })
      await errorOf(() => store.mutate(exploded, { type: 'explode' }))
      await store.mutate(accepted, { type: 'setBar', bar: 3 })
      await advance(400)

      expect(await store.has(refused)).toBe(false)
      expect(await store.has(exploded)).toBe(false)
      expect(await store.has(accepted)).toBe(true)
    })

    it('a handler that throws fails its own caller with the original error, and the mailbox goes on', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const exploding = errorOf(() => store.mutate(key, { type: 'explode' }))
      const next = store.mutate(key, { type: 'setBar', bar: 3 })
      expect(await errorOf(() => guard?.mutate({ type: 'explode' }))).toBe(explosion)
      await guard?.release()

      expect(await exploding).toBe(explosion)
      expect(await next).toMatchObject({ ok: true, value: { version: 2 } })
    })

    it('a mutation that the definition does not have fails with UNKNOWN_MUTATION', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      for (const type of ['nothing', 'constructor', '__proto__']) {
        // What comes off the wire is not held by types.
        const mutation = { type } as unknown as { type: 'explode' }
        expect(await errorOf(() => store.mutate(key, mutation))).toMatchObject({ code: 'UNKNOWN_MUTATION' })
      }
      expect(await store.fetch(key)).toMatchObject({ version: 1 })
    })

    it('a guard released inside a handler throws REENTRANT, and lets nobody in meanwhile', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      const waiting = store.update(key, (old) => ({ ...old, baz: 77 }))
      const errors: unknown[] = []

      await guard?.update((old) => {
        errors.push(errorOf(() => guard.release()))
        return { ...old, bar: 5 }
      })
      await guard?.release()
      await waiting

      expect(await Promise.all(errors)).toMatchObject([{ code: 'REENTRANT' }])
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 5, baz: 77 }, version: 3 })
    })

    it('a store call from inside a handler throws REENTRANT', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const errors: unknown[] = []

      for (const call of [
        () => store.fetch(key),
        () => store.mutate(key, { type: 'setBar', bar: 5 }),
        () => store.init(value),
        () => store.broadcast(key, { type: 'sendBar' }),
        () => store.tryAcquire(key),
        () => store.watchAll(),
        () => store.onExpire(() => undefined),
        () => store.close(),
      ]) {
        await store.update(key, (old) => {
          // Collected while the handler runs, awaited after it.
          errors.push(errorOf(call))
          return old
        })
      }

      for (const error of errors) expect(await error).toMatchObject({ code: 'REENTRANT' })
      expect(await store.fetch(key)).toMatchObject({ value, version: 9 })
    })
  })
}
