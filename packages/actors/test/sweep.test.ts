import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { FakeClock, foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import { fromCallback, setup } from 'xstate'
import type { EventObject } from 'xstate'
import { Slots } from '../src/expiry/slots.ts'
import { TimingWheel } from '../src/expiry/timing-wheel.ts'
import type { Looks, WheelNode } from '../src/expiry/timing-wheel.ts'

const value = { bar: 1, baz: 2 }
/** What a slice may look at: the bench shows that so many stay under 5 ms. */
const MOST_PER_SLICE = 513

const anyNumber = (): Looks => ({ left: Infinity })

function filed(wheel: TimingWheel<WheelNode>, dueMs: number): WheelNode {
  const node: WheelNode = { chunk: undefined, due: 0 }
  wheel.file(node, dueMs)
  return node
}

describe('8. a sweep costs what is due, not what is stored', () => {
  it('never looks at what is not due', () => {
    let looks = 0
    const wheel = new TimingWheel<WheelNode>(new Slots(1_000, 0))
    const file = (dueMs: number): void => {
      let chunk: WheelNode['chunk']
      let due = 0
      const node: WheelNode = {
        get chunk() {
          looks++
          return chunk
        },
        set chunk(where) {
          chunk = where
        },
        get due() {
          looks++
          return due
        },
        set due(when) {
          due = when
        },
      }
      wheel.file(node, dueMs)
    }
    for (let index = 0; index < 10_000; index++) file(1_000_000 + index)
    file(500)
    looks = 0

    expect(wheel.takeDue(2_000, anyNumber())).toBeDefined()
    expect(wheel.takeDue(900_000, anyNumber())).toBeUndefined()

    expect(looks).toBeLessThan(10)
  })

  it('removes many due entries in slices', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000 } })
    for (let index = 0; index < 20_000; index++) store.init(value)
    const slices: number[] = []
    const batches: number[] = []
    store.onExpire((batch) => batches.push(batch.length))

    for (let before = store.count(); before > 0; before = store.count()) {
      clock.step()
      slices.push(before - store.count())
    }

    expect(Math.max(...slices)).toBeLessThan(MOST_PER_SLICE)
    expect(batches.reduce((sum, size) => sum + size)).toBe(20_000)
    expect(Math.max(...batches)).toBeLessThan(MOST_PER_SLICE)
  })

  it('lets other work in between two slices', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000 } })
    for (let index = 0; index < 10_000; index++) store.init(value)
    while (store.count() === 10_000) clock.step()

    expect(store.count()).toBeGreaterThan(0)
    expect(clock.next).toBe(clock.now())
  })

  it('looks again at many fresh entries in slices', async () => {
    const clock = new FakeClock()
    let looks = 0
    const keepWhile = (): boolean => {
      looks++
      return true
    }
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000, keepWhile } })
    for (let index = 0; index < 20_000; index++) store.init(value)
    const slices: number[] = []

    for (let before = looks; before < 20_000; before = looks) {
      clock.step()
      slices.push(looks - before)
    }

    expect(Math.max(...slices)).toBeLessThan(MOST_PER_SLICE)
    expect(store.count()).toBe(20_000)
  })

  it('sets no timer while nothing can expire', async () => {
    const clock = new FakeClock()
    await using store = createStore(foo, { clock, expiry: { timeoutMs: 10_000 } })
    expect(clock.pending).toBe(0)
    const key = store.init(value)
    expect(clock.pending).toBe(1)

    await store.remove(key)
    clock.advance(1_000)

    expect(clock.pending).toBe(0)
  })

  it('forgets a deadline with the entry, however far away it is', async () => {
    const clock = new FakeClock()
    const days = 30 * 86_400_000
    await using store = createStore(foo, { clock, expiry: { timeoutMs: days, sweepMs: 1_000 } })
    for (let second = 0; second < 100; second++) {
      await store.remove(store.init(value))
      clock.advance(1_000)
    }

    clock.advance(1_000)

    expect(clock.pending).toBe(0)
  })

  it('finds everything that is due after the machine slept', () => {
    const wheel = new TimingWheel<WheelNode>(new Slots(1, 0))
    const nodes = [1, 500_000_000, 900_000_000].map((dueMs) => filed(wheel, dueMs))

    const taken = [1, 2, 3].map(() => wheel.takeDue(600_000_000, anyNumber()))

    expect(taken).toEqual([nodes[0], nodes[1], undefined])
    expect(wheel.isEmpty).toBe(false)
  })

  it('expires what is due after the clock was set, and however long it has been running', async () => {
    for (const jumpMs of [1_700_000_000_000, 2 ** 31]) {
      const clock = new FakeClock(0)
      await using store = createStore(foo, { clock, expiry: { timeoutMs: 10, sweepMs: 1 } })
      clock.advance(jumpMs)
      for (let index = 0; index < 40; index++) store.init(value)
      store.expireIn(store.init(value), 5)

      for (let step = 0; step < 100 && store.count() > 0; step++) clock.step()

      expect(store.count()).toBe(0)
      expect(clock.now()).toBeLessThan(jumpMs + 20)
    }
  })

  it('leaves alone what whoever keepWhile asked has ended', async () => {
    for (const answer of [true, false]) {
      const clock = new FakeClock()
      const told: string[] = []
      let finish = (): void => undefined
      const caller = fromCallback<EventObject, undefined, { type: 'finish' }>(({ sendBack }) => {
        finish = () => sendBack({ type: 'finish' })
      })
      const machine = setup({
        types: { events: {} as { type: 'finish' } },
        actors: { caller },
      }).createMachine({
        invoke: { src: 'caller' },
        initial: 'on',
        states: { on: { on: { finish: 'off' } }, off: { type: 'final' } },
      })
      const keepWhile = (): boolean => {
        finish()
        return answer
      }
      const definition = fromMachine(machine, { name: 'm', revision: '1' })
      await using store = createStore(definition, { clock, expiry: { timeoutMs: 5_000, keepWhile } })
      store.watchAll().onUpdate((update) => told.push(update.type === 'remove' ? update.reason : update.type))
      store.init()

      clock.advance(20_000)

      expect(told).toEqual(['create', 'transition', 'completed'])
      expect([store.count(), clock.pending]).toEqual([0, 0])
    }
  })

  it('stops when somebody who is told of it closes the store', async () => {
    const clock = new FakeClock()
    const store = createStore(foo, { clock, expiry: { timeoutMs: 10_000 } })
    for (let entry = 0; entry < 5_000; entry++) store.init(value)
    const closing: Promise<void>[] = []
    store.watchAll().onUpdate(() => closing.push(store.close()))

    while (closing.length === 0) clock.step()
    await Promise.all(closing)
    const left = store.count()

    expect(clock.pending).toBe(0)
    expect(left).toBeGreaterThan(0)
  })

  it('removes an entry whose keepWhile throws only when it no longer does, and reports the error', async () => {
    const clock = new FakeClock()
    const errors: unknown[] = []
    const failure = new Error('who knows')
    let broken = true
    const keepWhile = (): boolean => {
      if (broken) throw failure
      return false
    }
    const onError = (error: unknown): unknown => errors.push(error)
    await using store = createStore(foo, { clock, onError, expiry: { timeoutMs: 10_000, keepWhile } })
    const key = store.init(value)

    clock.advance(15_000)
    expect(store.has(key)).toBe(true)
    expect(errors[0]).toBe(failure)
    broken = false
    clock.advance(2_000)

    expect(store.has(key)).toBe(false)
  })

  it('a keepWhile that calls its store throws REENTRANT, which is reported', async () => {
    const clock = new FakeClock()
    const errors: unknown[] = []
    const keepWhile = ({ key }: { readonly key: string }): boolean => store.has(key)
    const onError = (error: unknown): unknown => errors.push(error)
    const store = createStore(foo, { clock, onError, expiry: { timeoutMs: 10_000, keepWhile } })
    store.init(value)

    clock.advance(12_000)

    expect(errors[0]).toMatchObject({ code: 'REENTRANT' })
    await store.close()
  })

  it('an onExpire listener that throws or rejects hurts nobody else and goes to onError', async () => {
    const clock = new FakeClock()
    const errors: unknown[] = []
    const failure = new Error('never mind')
    const onError = (error: unknown): unknown => errors.push(error)
    await using store = createStore(foo, { clock, onError, expiry: { timeoutMs: 10_000 } })
    store.onExpire(() => {
      throw failure
    })
    store.onExpire(() => Promise.reject(failure))
    let heard = 0
    store.onExpire((batch) => (heard += batch.length))
    store.init(value)

    clock.advance(12_000)
    await Promise.resolve()

    expect(heard).toBe(1)
    expect(errors).toEqual([failure, failure])
  })
})
