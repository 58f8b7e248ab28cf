import type { ConformanceSuite } from '../conformance-suite.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 5, for who falls behind. */
export function describeLagging({ describe, it, expect, start }: ConformanceSuite): void {
  describe('5. … or one lagged that says how many', () => {
    it('says how many it lost, how many of them messages, with the newest entry', async () => {
      await using trial = await start({ channelCapacity: 2 })
      const { store } = trial
      const key = await store.init(value)
      const updates = new UpdateReader(await store.watch(key))
      for (let bar = 1; bar <= 3; bar++) await store.mutate(key, { type: 'setBar', bar })
      await store.broadcast(key, { type: 'sendBar' })

      const [lagged] = await updates.take(1)
      await store.mutate(key, { type: 'setBar', bar: 4 })

      expect(lagged).toMatchObject({
        type: 'lagged',
        key,
        missed: 4,
        missedMessages: 1,
        entry: { version: 4, value: { bar: 3 } },
      })
      expect(await updates.take(1)).toMatchObject([
        { type: 'mutate', old: { version: 4 }, new: { version: 5 } },
      ])
    })

    it('does not lag as long as the reader is no more than channelCapacity behind', async () => {
      await using trial = await start({ channelCapacity: 3 })
      const { store } = trial
      const key = await store.init(value)
      const updates = new UpdateReader(await store.watch(key))

      for (let bar = 1; bar <= 3; bar++) await store.mutate(key, { type: 'setBar', bar })

      expect(await updates.take(3)).toMatchObject([
        { new: { version: 2 } },
        { new: { version: 3 } },
        { new: { version: 4 } },
      ])
    })

    it('always delivers a final remove, however far behind the reader is', async () => {
      await using trial = await start({ channelCapacity: 1 })
      const { store } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)
      for (let bar = 1; bar <= 5; bar++) await store.mutate(key, { type: 'setBar', bar })
      await store.remove(key)

      expect(await new UpdateReader(watch).rest()).toMatchObject([
        { type: 'lagged', missed: 5 },
        { type: 'remove', old: { version: 6 } },
      ])
    })

    it('a watchAll that lags says so without a key', async () => {
      await using trial = await start({ channelCapacity: 1 })
      const { store } = trial
      const watch = await store.watchAll()
      const updates = new UpdateReader(watch)

      for (let index = 0; index < 3; index++) await store.init(value)

      const [lagged] = await updates.take(1)
      expect(lagged).toMatchObject({ type: 'lagged', missed: 3, missedMessages: 0 })
      expect(lagged?.key).toBeUndefined()
    })
  })
}
