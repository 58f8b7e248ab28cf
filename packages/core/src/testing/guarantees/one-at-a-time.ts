import type { ConformanceSuite } from '../conformance-suite.ts'

const value = { bar: 0, baz: 0 }

/** Guarantee 1. */
export function describeOneAtATime({ describe, it, expect, capabilities, start }: ConformanceSuite): void {
  describe('1. one change at a time per entry, in the order asked', () => {
    it('loses no update of many that are asked at once', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      const entries = await Promise.all(
        Array.from({ length: 50 }, () => store.update(key, (old) => ({ ...old, bar: old.bar + 1 }))),
      )

      expect(entries.map((entry) => entry?.version ?? 0).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 2),
      )
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 50 }, version: 51 })
    })

    it('never lets two entries wait for each other', async () => {
      await using trial = await start()
      const { store } = trial
      const held = await store.init(value)
      const free = await store.init(value)
      const guard = await store.acquire(held)

      const waiting = store.mutate(held, { type: 'setBar', bar: 1 })

      expect(await store.mutate(free, { type: 'setBar', bar: 1 })).toMatchObject({ ok: true })
      await guard?.release()
      expect(await waiting).toMatchObject({ ok: true })
    })

    if (capabilities.fifo !== true) return

    it('serves waiting calls of every kind in the order asked', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      const seen: number[] = []
      const see = (old: { bar: number; baz: number }): { bar: number; baz: number } => {
        seen.push(old.bar)
        return { ...old, bar: old.bar + 1 }
      }

      const waiting = [
        store.update(key, see),
        store.mutate(key, { type: 'setBar', bar: 10 }),
        store.update(key, see),
        store.assign(key, { bar: 20, baz: 0 }),
        store.withLock(key, async (held) => held.update(see)),
        store.insert(key, { bar: 30, baz: 0 }),
        store.update(key, see),
      ]
      await guard?.release()
      await Promise.all(waiting)

      expect(seen).toEqual([0, 10, 20, 30])
    })

    it('grants guards in turn, each with a larger token', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const first = await store.acquire(key)
      const granted: number[] = []

      const waiting = [1, 2, 3].map(async () => {
        const guard = await store.acquire(key)
        granted.push(guard?.token ?? Number.NaN)
        await guard?.release()
      })
      await first?.release()
      await Promise.all(waiting)

      expect(granted).toEqual(granted.slice().sort((a, b) => a - b))
      expect(granted[0]).toBeGreaterThan(first?.token ?? Infinity)
      expect(new Set(granted).size).toBe(3)
    })
  })
}
