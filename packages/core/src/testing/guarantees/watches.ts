import { createKey } from '../../key.ts'
import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'
import { explosion } from '../foo.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 5. */
export function describeWatches({ describe, it, expect, start }: ConformanceSuite): void {
  describe('5. watchers see versions in order without a gap', () => {
    it('gives every update from the snapshot to the final remove', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)

      await store.mutate(key, { type: 'setBar', bar: 7 })
      await store.assign(key, value, { message: { type: 'sendBar' } })
      await store.update(key, (old) => old, { message: { type: 'sendBar' } })
      await store.broadcast(key, { type: 'sendBar' })
      const guard = await store.acquire(key, { holder: 'ada' })
      await guard?.release()
      await store.expireIn(key, 60_000)
      await store.remove(key, { message: { type: 'sendBar' } })

      expect(watch?.key).toBe(key)
      expect(watch?.entry).toMatchObject({ value, version: 1 })
      expect(await new UpdateReader(watch).rest()).toMatchObject([
        {
          type: 'mutate',
          key,
          mutation: { type: 'setBar', bar: 7 },
          old: { version: 1 },
          new: { version: 2 },
        },
        { type: 'overwrite', key, old: { version: 2 }, new: { version: 3 }, message: { type: 'sendBar' } },
        { type: 'overwrite', key, old: { version: 3 }, new: { version: 4 }, message: { type: 'sendBar' } },
        { type: 'message', key, message: { type: 'sendBar' }, entry: { version: 4 } },
        { type: 'lock', key, holder: 'ada' },
        { type: 'unlock', key },
        { type: 'deadline', key },
        { type: 'remove', key, old: { version: 4 }, reason: 'removed', message: { type: 'sendBar' } },
      ])
    })

    it('a slow watcher never holds up a writer', async () => {
      await using trial = await start({ channelCapacity: 1 })
      const { store } = trial
      const key = await store.init(value)
      await store.watch(key)
      const slow = await store.watch(key)
      slow?.onUpdate(() => new Promise(() => undefined))

      for (let bar = 1; bar <= 5; bar++) await store.mutate(key, { type: 'setBar', bar })

      expect(await store.fetch(key)).toMatchObject({ version: 6 })
    })

    it('a listener that throws or rejects hurts nobody else and goes to onError', async () => {
      const errors: unknown[] = []
      await using trial = await start({ onError: (error) => errors.push(error) })
      const { store } = trial
      const key = await store.init(value)
      const throwing = await store.watch(key)
      throwing?.onUpdate(() => {
        throw explosion
      })
      const rejecting = await store.watch(key)
      rejecting?.onUpdate(() => Promise.reject(explosion))
      const updates = new UpdateReader(await store.watch(key))

      expect(await store.mutate(key, { type: 'setBar', bar: 5 })).toMatchObject({ ok: true })
      expect(await updates.take(1)).toMatchObject([{ type: 'mutate' }])

      expect(errors).toEqual([explosion, explosion])
    })

    it('onUpdate is given what was buffered first, in order', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)
      await store.mutate(key, { type: 'setBar', bar: 5 })
      await store.mutate(key, { type: 'setBar', bar: 6 })
      const versions: number[] = []
      const removed = new Promise<void>((resolve) => {
        watch?.onUpdate((update) => {
          if (update.type === 'mutate') versions.push(update.new.version)
          if (update.type === 'remove') resolve()
        })
      })
      await store.mutate(key, { type: 'setBar', bar: 7 })
      await store.remove(key)
      await removed

      expect(versions).toEqual([2, 3, 4])
    })

    it('answers several reads that wait, in order', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)
      if (watch === undefined) throw new Error('the entry was not there')
      const updates = watch[Symbol.asyncIterator]()

      const reads = [updates.next(), updates.next(), updates.next()]
      await store.mutate(key, { type: 'setBar', bar: 5 })
      await store.remove(key)

      expect(await Promise.all(reads)).toMatchObject([
        { value: { type: 'mutate' } },
        { value: { type: 'remove' } },
        { done: true },
      ])
    })

    it('has one consumer: a second is WATCH_CONSUMED', async () => {
      await using trial = await start()
      const { store } = trial
      const watch = await store.watch(await store.init(value))
      const listened = await store.watch(await store.init(value))

      new UpdateReader(watch)
      listened?.onUpdate(() => undefined)

      expect(await errorOf(() => watch?.onUpdate(() => undefined))).toMatchObject({ code: 'WATCH_CONSUMED' })
      expect(await errorOf(() => watch?.[Symbol.asyncIterator]())).toMatchObject({ code: 'WATCH_CONSUMED' })
      expect(await errorOf(() => listened?.onUpdate(() => undefined))).toMatchObject({
        code: 'WATCH_CONSUMED',
      })
    })

    it('ends when it is closed, also for a reader that waits, and when its signal aborts', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const abort = new AbortController()
      const closed = await store.watch(key)
      const aborted = await store.watch(key, { signal: abort.signal })

      const reading = [new UpdateReader(closed).rest(), new UpdateReader(aborted).rest()]
      closed?.close()
      closed?.close()
      abort.abort()

      expect(await Promise.all(reading)).toEqual([[], []])
    })

    it('awaits creation, lives on past remove and tells of the next incarnation', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()
      const watch = await store.watch(key, { awaitCreation: true })
      const updates = new UpdateReader(watch)

      await store.create(key, value)
      await store.remove(key)
      await store.insert(key, value)
      await store.mutate(key, { type: 'setBar', bar: 5 })

      expect(watch?.entry).toBeUndefined()
      expect(await updates.take(4)).toMatchObject([
        { type: 'create', entry: { version: 1 } },
        { type: 'remove' },
        { type: 'create', entry: { version: 1 } },
        { type: 'mutate', new: { version: 2 } },
      ])
    })

    it('watchAll tells of every entry, created ones included', async () => {
      await using trial = await start()
      const { store } = trial
      const before = await store.init(value)
      const watch = await store.watchAll()
      const updates = new UpdateReader(watch)

      const key = await store.init(value)
      await store.mutate(before, { type: 'setBar', bar: 5 })
      await store.remove(key)

      expect(watch.key).toBeUndefined()
      expect(await updates.take(3)).toMatchObject([
        { type: 'create', key },
        { type: 'mutate', key: before },
        { type: 'remove', key },
      ])
    })
  })
}
