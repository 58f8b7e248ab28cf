import { createKey } from '../../key.ts'
import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'

const value = { bar: 1, baz: 2 }

/** `ifVersion`. */
export function describeVersionChecks({ describe, it, expect, start }: ConformanceSuite): void {
  describe('ifVersion', () => {
    it('lets a call through at the version it names, and fails VERSION_CONFLICT at another', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      for (const call of [
        () => store.mutate(key, { type: 'setBar', bar: 5 }, { ifVersion: 2 }),
        () => store.assign(key, value, { ifVersion: 2 }),
        () => store.insert(key, value, { ifVersion: 2 }),
        () => store.update(key, (old) => old, { ifVersion: 2 }),
        () => store.remove(key, { ifVersion: 2 }),
      ]) {
        expect(await errorOf(call)).toMatchObject({ code: 'VERSION_CONFLICT' })
      }
      expect(await store.fetch(key)).toMatchObject({ value, version: 1 })
      expect(await store.mutate(key, { type: 'setBar', bar: 5 }, { ifVersion: 1 })).toMatchObject({
        ok: true,
      })
    })

    it('tells incarnations apart by epoch', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const epoch = (await store.fetch(key))?.epoch ?? Number.NaN

      const wrong = { epoch: epoch + 1, version: 1 }
      expect(await errorOf(() => store.remove(key, { ifVersion: wrong }))).toMatchObject({
        code: 'VERSION_CONFLICT',
      })
      expect(await store.remove(key, { ifVersion: { epoch, version: 1 } })).toBeDefined()
    })

    it('takes 0 for "must not exist"', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()

      expect(await store.insert(key, value, { ifVersion: 0 })).toBeUndefined()
      expect(await errorOf(() => store.insert(key, value, { ifVersion: 0 }))).toMatchObject({
        code: 'VERSION_CONFLICT',
      })
    })

    it('is checked when the turn comes, not when it was asked', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const waiting = errorOf(() => store.assign(key, value, { ifVersion: 1 }))
      await guard?.set({ bar: 5, baz: 5 })
      await guard?.release()

      expect(await waiting).toMatchObject({ code: 'VERSION_CONFLICT' })
    })
  })
}
