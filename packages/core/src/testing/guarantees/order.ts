import type { ConformanceSuite } from '../conformance-suite.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 6. */
export function describeOrder({ describe, it, expect, capabilities, start }: ConformanceSuite): void {
  if (capabilities.tellsInOrder !== true) return

  describe('6. one order for everyone', () => {
    it('tells a listener after the change is visible and before the call of the writer returns', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const seen: string[] = []
      const watch = await store.watch(key)
      watch?.onUpdate(async () => {
        seen.push('told')
        seen.push(`sees ${(await store.fetch(key))?.version}`)
      })

      await store.mutate(key, { type: 'setBar', bar: 5 }).then(() => seen.push('answered'))

      expect(seen).toEqual(['told', 'sees 2', 'answered'])
    })

    it('tells a change asked for inside a listener after the current one has been told to all', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const heard: string[] = []
      const nested: unknown[] = []
      const first = await store.watch(key)
      first?.onUpdate((update) => {
        if (update.type !== 'mutate') return
        heard.push(`first ${update.new.version}`)
        if (nested.length === 0) nested.push(store.mutate(key, { type: 'setBaz', baz: 5 }))
      })
      const second = await store.watch(key)
      second?.onUpdate((update) => {
        if (update.type === 'mutate') heard.push(`second ${update.new.version}`)
      })

      await store.mutate(key, { type: 'setBar', bar: 5 })
      await Promise.all(nested)

      expect(heard).toEqual(['first 2', 'second 2', 'first 3', 'second 3'])
    })

    it('a call that waits its turn takes effect after the current change has been told to all', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const seen: unknown[] = []
      const nested: unknown[] = []
      const watch = await store.watch(key)
      watch?.onUpdate((update) => {
        if (update.type !== 'message') return
        nested.push(store.mutate(key, { type: 'setBar', bar: 5 }))
        // The snapshot of this moment, whenever it arrives.
        seen.push(store.fetch(key))
      })

      await store.broadcast(key, { type: 'sendBar' })

      expect(await Promise.all(nested)).toMatchObject([{ ok: true, value: { version: 2 } }])
      expect(await Promise.all(seen)).toMatchObject([{ version: 1 }])
    })

    it('a call that answers at once takes effect at once, and its telling queues', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const other = await store.init(value)
      const heard: string[] = []
      const first = await store.watch(key)
      first?.onUpdate(async (update) => {
        heard.push(`first ${update.type}`)
        if (update.type !== 'message') return
        const guard = await store.tryAcquire(other)
        const created = store.init(value)
        heard.push(`held ${guard !== undefined}`)
        await created
      })
      const all = await store.watchAll()
      all.onUpdate((update) => heard.push(`all ${update.type}`))

      await store.broadcast(key, { type: 'sendBar' })
      await store.remove(key)

      expect(heard.filter((line) => !line.startsWith('held'))).toEqual([
        'first message',
        'all message',
        'all lock',
        'all create',
        'first remove',
        'all remove',
      ])
      expect(heard.includes('held true')).toBe(true)
    })

    it('keeps the order for a listener that changes the entry while it is given what was buffered', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const watch = await store.watch(key)
      await store.mutate(key, { type: 'setBar', bar: 5 })
      await store.mutate(key, { type: 'setBar', bar: 6 })
      const versions: number[] = []
      const nested: unknown[] = []

      watch?.onUpdate((update) => {
        if (update.type !== 'mutate') return
        versions.push(update.new.version)
        if (update.new.version === 2) nested.push(store.mutate(key, { type: 'setBar', bar: 7 }))
      })
      await Promise.all(nested)

      expect(versions).toEqual([2, 3, 4])
    })

    it('gives every watcher the changes of several entries in one order', async () => {
      await using trial = await start()
      const { store } = trial
      const keys = [await store.init(value), await store.init(value), await store.init(value)]
      const orders: string[][] = [[], []]
      for (const order of orders) {
        const watch = await store.watchAll()
        watch.onUpdate((update) => order.push(`${update.type} ${update.key}`))
      }

      await Promise.all(
        keys.flatMap((key) => [store.mutate(key, { type: 'setBar', bar: 1 }), store.remove(key)]),
      )

      expect(orders[0]?.length).toBe(6)
      expect(orders[0]).toEqual(orders[1])
    })
  })
}
