import { createKey } from '../../key.ts'
import type { ConformanceSuite } from '../conformance-suite.ts'
import { errorOf } from '../error-of.ts'

const value = { bar: 1, baz: 2 }

/** Guarantee 4. */
export function describeIncarnations({ describe, it, expect, start }: ConformanceSuite): void {
  describe('4. who waits is bound to the incarnation that was asked', () => {
    it('waiting mutate, assign, update, remove and acquire answer undefined when it ends', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      const answers: string[] = []
      const answered =
        (name: string) =>
        (answer: unknown): void => {
          answers.push(`${name} ${String(answer)}`)
        }

      const waiting = [
        store.mutate(key, { type: 'setBar', bar: 5 }).then(answered('mutate')),
        store.assign(key, value).then(answered('assign')),
        store.update(key, (old) => old).then(answered('update')),
        store.remove(key).then(answered('remove')),
        store.acquire(key).then(answered('acquire')),
      ]
      await guard?.remove()
      await Promise.all(waiting)

      expect(answers).toEqual([
        'mutate undefined',
        'assign undefined',
        'update undefined',
        'remove undefined',
        'acquire undefined',
      ])
      expect(await store.has(key)).toBe(false)
    })

    it('answers them for the old incarnation even when the key is created again at once', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const waiting = store.mutate(key, { type: 'setBar', bar: 5 })
      const locked = errorOf(() => store.withLock(key, () => 1))
      await guard?.remove()
      await store.create(key, value)

      expect(await waiting).toBeUndefined()
      expect(await locked).toMatchObject({ code: 'NOT_FOUND' })
      expect(await store.fetch(key)).toMatchObject({ value, version: 1 })
    })

    it('waiting inserts are asked again: no value is lost', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const first = store.insert(key, { bar: 3, baz: 3 })
      const second = store.insert(key, { bar: 4, baz: 4 })
      await guard?.remove()

      expect(await first).toBeUndefined()
      expect(await second).toMatchObject({ value: { bar: 3, baz: 3 }, version: 1 })
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 4, baz: 4 }, version: 2 })
    })

    it('a remove that waits its turn ends the incarnation for those behind it', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)

      const removed = store.remove(key)
      const late = store.mutate(key, { type: 'setBar', bar: 5 })
      const inserted = store.insert(key, { bar: 8, baz: 8 })
      await guard?.release()

      expect(await removed).toMatchObject({ value })
      expect(await late).toBeUndefined()
      expect(await inserted).toBeUndefined()
      expect(await store.fetch(key)).toMatchObject({ value: { bar: 8, baz: 8 }, version: 1 })
    })

    it('the guard is over before watchers are told of the end', async () => {
      await using trial = await start()
      const { store } = trial
      const key = await store.init(value)
      const guard = await store.acquire(key)
      const errors: unknown[] = []
      const watch = await store.watch(key)
      watch?.onUpdate((update) => {
        if (update.type === 'remove') errors.push(errorOf(() => guard?.set({ bar: 9, baz: 9 })))
      })

      await guard?.remove()

      expect(await Promise.all(errors)).toMatchObject([{ code: 'GUARD_RELEASED' }])
      expect(await store.has(key)).toBe(false)
    })

    it('a token of an ended incarnation is GUARD_RELEASED, for ever', async () => {
      await using trial = await start()
      const { store } = trial
      const key = createKey()
      await store.create(key, value)
      const guard = await store.acquire(key)
      const token = guard?.token ?? 0
      const stale = async (): Promise<void> => {
        expect(await errorOf(() => store.mutate(key, { type: 'setBar', bar: 5 }, { token }))).toMatchObject({
          code: 'GUARD_RELEASED',
        })
        expect(await errorOf(() => store.insert(key, value, { token }))).toMatchObject({
          code: 'GUARD_RELEASED',
        })
        expect(await errorOf(() => guard?.set(value))).toMatchObject({ code: 'GUARD_RELEASED' })
      }

      await store.remove(key, { token })
      await stale()
      await store.create(key, value)
      await stale()
      const next = await store.acquire(key)
      await stale()

      expect(next?.token).toBeGreaterThan(token)
      expect(guard?.signal.aborted).toBe(true)
      expect(await store.fetch(key)).toMatchObject({ value, version: 1 })
    })
  })
}
