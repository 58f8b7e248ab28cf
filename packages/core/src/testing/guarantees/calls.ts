import { createKey } from '../../key.ts'
import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'
import { UpdateReader } from '../update-reader.ts'

const value = { bar: 1, baz: 2 }

async function collect<V>(values: Iterable<V> | AsyncIterable<V>): Promise<V[]> {
  const collected: V[] = []
  for await (const member of values) collected.push(member)
  return collected
}

/** What each call answers. */
export function describeCalls({ describe, it, expect, capabilities, start }: ConformanceSuite): void {
  describe('the calls', () => {
    it('init stores under a new key, which fetch, has, count, keys and entries find', async () => {
      await using trial = await start()
      const { store } = trial

      const key = await store.init(value)
      const entry = await store.fetch(key)

      expect(entry).toMatchObject({ key, value, version: 1 })
      expect(entry?.changedAt).toBe(entry?.createdAt)
      expect(await store.has(key)).toBe(true)
      expect(await store.count()).toBe(1)
      expect(await collect(store.keys())).toEqual([key])
      expect(await collect(store.entries())).toEqual([entry])
      expect(await store.init(value)).not.toBe(key)
    })

    it('fetch, has, mutate and the rest miss a key that is not there', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()

      expect(await store.fetch(key)).toBeUndefined()
      expect(await store.has(key)).toBe(false)
      expect(await store.mutate(key, { type: 'setBar', bar: 1 })).toBeUndefined()
      expect(await store.update(key, (old) => old)).toBeUndefined()
      expect(await store.remove(key)).toBeUndefined()
      expect(await store.broadcast(key, { type: 'sendBar' })).toBe(false)
      expect(await store.watch(key)).toBeUndefined()
      expect(await store.acquire(key)).toBeUndefined()
      expect(await store.tryAcquire(key)).toBeUndefined()
      expect(await store.touch(key)).toBe(false)
      expect(await store.expireIn(key, 1_000)).toBe(false)
      expect(await store.expiresAt(key)).toBeUndefined()
      expect(await store.count()).toBe(0)
    })

    it('create leaves an existing entry alone and answers it', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()

      expect(await store.create(key, value)).toBeUndefined()
      expect(await store.create(key, { bar: 9, baz: 9 })).toMatchObject({ key, value, version: 1 })
      expect(await store.fetch(key)).toMatchObject({ value, version: 1 })
    })

    it('assign answers the old entry, and writes nothing where the key does not exist', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()

      expect(await store.assign(key, value)).toBeUndefined()
      expect(await store.has(key)).toBe(false)
      await store.create(key, value)

      expect(await store.assign(key, { bar: 3, baz: 3 })).toMatchObject({ value, version: 1 })
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 3, baz: 3 }, version: 2 })
    })

    it('insert answers the old entry, or undefined if it created one', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()

      expect(await store.insert(key, value)).toBeUndefined()
      expect(await store.insert(key, { bar: 3, baz: 3 })).toMatchObject({ value, version: 1 })
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 3, baz: 3 }, version: 2 })
    })

    it('remove answers the removed entry', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      expect(await store.remove(key)).toMatchObject({ key, value, version: 1 })
      expect(await store.fetch(key)).toBeUndefined()
      expect(await store.count()).toBe(0)
    })

    it('mutate answers the new entry, or the typed refusal', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      const accepted = await store.mutate(key, { type: 'setBar', bar: 7 })

      expect(accepted).toMatchObject({ ok: true, value: { key, value: { bar: 7, baz: 2 }, version: 2 } })
      expect(await store.mutate(key, { type: 'setBar', bar: 42 })).toEqual({ ok: false, error: 'bar-was-42' })
    })

    it('update answers the new entry, computed from the current value', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      const updated = await store.update(key, (old) => ({ ...old, bar: old.bar + 1 }))

      expect(updated).toMatchObject({ value: { bar: 2, baz: 2 }, version: 2 })
    })

    it('tryAcquire answers a guard, or undefined when the entry is held', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)

      const guard = await store.tryAcquire(key)

      expect(guard?.entry).toMatchObject({ key, value })
      expect(await store.tryAcquire(key)).toBeUndefined()
      await guard?.release()
      expect(await store.tryAcquire(key)).toBeDefined()
    })

    it('withLock answers what the function returns and releases whatever happens', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const failure = new Error('never mind')

      const answer = await store.withLock(key, async (guard) => {
        await guard.update((old) => ({ ...old, bar: 3 }))
        return guard.entry.version
      })

      expect(answer).toBe(2)
      expect(await errorOf(() => store.withLock(key, () => Promise.reject(failure)))).toBe(failure)
      expect(await store.tryAcquire(key)).toBeDefined()
    })

    it('withLock rejects NOT_FOUND for a missing key and does not call the function', async () => {
      await using trial = await start()
      const { store } = trial
      let called = false

      const error = await errorOf(() => store.withLock(createKey(), () => (called = true)))

      expect(error).toMatchObject({ code: 'NOT_FOUND' })
      expect(called).toBe(false)
    })

    it('the calls of a guard change, remove, tell and watch the entry it holds', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      if (guard === undefined) throw new Error('the entry was not there')
      const updates = new UpdateReader(await guard.watch())

      const refused = await guard.mutate({ type: 'setBar', bar: 42 })
      await guard.mutate({ type: 'setBar', bar: 3 })
      await guard.set({ bar: 4, baz: 4 }, { type: 'sendBar' })
      await guard.update((old) => ({ ...old, baz: 5 }))
      await guard.broadcast({ type: 'sendBar' })
      const removed = await guard.remove({ type: 'sendBar' })

      expect(refused).toEqual({ ok: false, error: 'bar-was-42' })
      expect(removed).toMatchObject({ key, value: { bar: 4, baz: 5 }, version: 4 })
      expect(await updates.rest()).toMatchObject([
        { type: 'mutate', mutation: { bar: 3 }, new: { version: 2 } },
        { type: 'overwrite', new: { version: 3 }, message: { type: 'sendBar' } },
        { type: 'overwrite', new: { version: 4 } },
        { type: 'message', message: { type: 'sendBar' } },
        { type: 'remove', reason: 'removed', message: { type: 'sendBar' } },
      ])
      expect(await store.has(key)).toBe(false)
    })

    it('gives every incarnation of a key another epoch', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const first = await store.fetch(key)

      await store.remove(key)
      await store.create(key, value)

      expect(await store.fetch(key)).not.toMatchObject({ epoch: first?.epoch })
      expect(await store.fetch(key)).toMatchObject({ version: 1 })
    })

    it('finds a key in either case and stores it in lower case', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()

      await store.create(key.toUpperCase(), value)

      expect(await store.fetch(key)).toMatchObject({ key })
      expect(await store.fetch(key.toUpperCase())).toMatchObject({ key })
    })

    it('rejects a bad key with INVALID_KEY where it would be stored, and misses it where it is read', async () => {
      await using trial = await start()
      const { store } = trial

      expect(await errorOf(() => store.create('lobby', value))).toMatchObject({ code: 'INVALID_KEY' })
      expect(await errorOf(() => store.insert('lobby', value))).toMatchObject({ code: 'INVALID_KEY' })
      expect(await store.fetch('lobby')).toBeUndefined()
      expect(await store.mutate('lobby', { type: 'setBar', bar: 1 })).toBeUndefined()
    })

    if (capabilities.syncReads === true) {
      it('answers at once whatever does not wait its turn', async () => {
        await using trial = await start()
        const { store } = trial
        const key = createKey()

        const answers: unknown[] = [store.create(key, value), store.init(value), store.fetch(key)]
        answers.push(store.has(key), store.count(), store.touch(key), store.expireIn(key, 1_000))
        answers.push(store.expiresAt(key), store.watch(key), store.watchAll(), store.tryAcquire(key))

        expect(answers.filter((answer) => answer instanceof Promise)).toEqual([])
        expect(store.has(key)).toBe(true)
      })
    }
  })
}
