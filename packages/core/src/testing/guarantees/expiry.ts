import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }
const expiry = { timeoutMs: 1_000, sweepMs: 100 }

/** Guarantee 7. */
export function describeExpiry({ describe, it, expect, capabilities, start }: ConformanceSuite): void {
  describe('7. what was not changed for timeoutMs is gone within two sweeps, and nothing else', () => {
    it('removes the stale and keeps the fresh, without a listener', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      const stale = await store.init(value)
      const fresh = await store.init(value)

      await advance(900)
      expect(await store.has(stale)).toBe(true)
      await store.mutate(fresh, { type: 'setBar', bar: 7 })
      await advance(300)

      expect(await store.has(stale)).toBe(false)
      expect(await store.has(fresh)).toBe(true)
      await advance(900)
      expect(await store.has(fresh)).toBe(false)
    })

    it('removes the same with a listener, which hears of the last entry', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      const heard: string[] = []
      const stop = store.onExpire((batch) => {
        for (const { key, version } of batch) heard.push(`${key} ${version}`)
      })
      const stale = await store.init(value)
      await store.mutate(stale, { type: 'setBar', bar: 7 })

      await advance(1_300)
      stop()
      await store.init(value)
      await advance(1_300)

      expect(heard).toEqual([`${stale} 2`])
      expect(await store.count()).toBe(0)
    })

    it('tells watchers remove with reason expired and the last value', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)

      await advance(1_300)

      expect(await new UpdateReader(watch).rest()).toMatchObject([
        { type: 'remove', key, reason: 'expired', old: { value, version: 1 } },
      ])
    })

    it('keeps what keepWhile keeps, until it does not', async () => {
      const keepWhile = (_: unknown, { watchers }: { readonly watchers: number }): boolean => watchers > 0
      await using trial = await start({ expiry: { ...expiry, keepWhile } })
      const { store, advance } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)

      await advance(5_000)
      expect(await store.has(key)).toBe(true)
      watch?.close()
      await advance(200)

      expect(await store.has(key)).toBe(false)
    })

    it('serves an overdue entry until it is swept, and a change saves it', async () => {
      await using trial = await start({ expiry: { timeoutMs: 1_000, sweepMs: 10_000 } })
      const { store, advance } = trial
      const key = await store.init(value)

      await advance(1_500)
      expect(await store.fetch(key)).toMatchObject({ value })
      expect(await store.mutate(key, { type: 'setBar', bar: 7 })).toMatchObject({ ok: true })
      await advance(900)

      expect(await store.fetch(key)).toMatchObject({ version: 2 })
    })

    it('overwriting saves an entry that is past its TTL, and mutating does not', async () => {
      await using trial = await start({ expiry: { timeoutMs: 60_000, sweepMs: 10_000 } })
      const { store, advance } = trial
      const overwritten = await store.init(value)
      const mutated = await store.init(value)
      for (const key of [overwritten, mutated]) await store.expireIn(key, 500)

      await advance(800)
      expect(await store.assign(overwritten, value)).toMatchObject({ version: 1 })
      expect(await store.mutate(mutated, { type: 'setBar', bar: 7 })).toMatchObject({ ok: true })
      await advance(20_000)

      expect(await store.has(overwritten)).toBe(true)
      expect(await store.has(mutated)).toBe(false)
    })

    it('touch restarts the idle clock and changes no version', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      const key = await store.init(value)
      const before = (await store.expiresAt(key)) ?? Infinity
      const updates = new UpdateReader(await store.watch(key))

      await advance(900)
      expect(await store.touch(key)).toBe(true)
      await advance(900)

      expect(await store.fetch(key)).toMatchObject({ version: 1 })
      expect(await store.expiresAt(key)).toBeGreaterThan(before)
      expect(await updates.take(1)).toMatchObject([
        { type: 'deadline', expiresAt: await store.expiresAt(key) },
      ])
      await advance(400)
      expect(await store.has(key)).toBe(false)
    })

    it('expireIn sets a TTL of the entry itself, which overwriting clears and mutating keeps', async () => {
      await using trial = await start()
      const { store, advance } = trial
      const mutated = await store.init(value)
      const overwritten = await store.init(value)
      const updated = await store.init(value)
      for (const key of [mutated, overwritten, updated]) await store.expireIn(key, 5_000)

      await store.mutate(mutated, { type: 'setBar', bar: 7 })
      await store.assign(overwritten, value)
      await store.update(updated, (old) => old)
      expect(await store.expiresAt(mutated)).toBeDefined()
      expect(await store.expiresAt(overwritten)).toBeUndefined()
      await advance(7_000)

      expect(await store.has(mutated)).toBe(false)
      expect(await store.has(overwritten)).toBe(true)
      expect(await store.has(updated)).toBe(true)
    })

    it('expireIn(undefined) takes the TTL back, and the earlier of TTL and idle timeout counts', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      const short = await store.init(value)
      const long = await store.init(value)
      const taken = await store.init(value)
      const idle = await store.expiresAt(taken)

      await store.expireIn(short, 200)
      await store.expireIn(long, 60_000)
      await store.expireIn(taken, 200)
      await store.expireIn(taken, undefined)
      expect(await store.expiresAt(long)).toBe(idle)
      expect(await store.expiresAt(taken)).toBe(idle)
      await advance(500)

      expect(await store.has(short)).toBe(false)
      expect(await store.has(taken)).toBe(true)
      await advance(800)
      expect(await store.count()).toBe(0)
    })

    it('refuses a TTL that is not a positive number of milliseconds', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      for (const ms of [0, -1, Number.NaN]) {
        expect(await errorOf(() => store.expireIn(key, ms))).toMatchObject({ code: 'INVALID_OPTIONS' })
      }
    })

    if (capabilities.expireOnce !== true) return

    it('one listener given twice hears twice, and each removal takes one of them', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      let heard = 0
      const listener = (): unknown => heard++
      const stop = store.onExpire(listener)
      store.onExpire(listener)
      await store.init(value)
      await advance(1_300)
      expect(heard).toBe(2)
      stop()
      stop()
      await store.init(value)
      await advance(1_300)

      expect(heard).toBe(3)
    })

    it('onExpire gets each exactly once, in batches', async () => {
      await using trial = await start({ expiry })
      const { store, advance } = trial
      const batches: string[][] = []
      store.onExpire((batch) => batches.push(batch.map(({ key }) => key)))
      const keys = new Set<string>()
      for (let index = 0; index < 20; index++) keys.add(await store.init(value))

      await advance(3_000)

      expect(batches.flat().length).toBe(20)
      expect(new Set(batches.flat())).toEqual(keys)
    })
  })
}
