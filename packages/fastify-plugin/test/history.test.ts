import type { WireUpdate } from '@livestore-kv/core/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HistoryBudget } from '../src/topics/history-budget.ts'
import { History } from '../src/topics/history.ts'

const update: WireUpdate = { type: 'unlock', key: 'k', epoch: 1, version: 1 }
const BUDGET = 1_000
/** Of one topic. */
const MOST = 400

describe('what topics remember', () => {
  it('is the newest of all, as far as it goes, whatever is told and forgotten', () => {
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.record({ topic: fc.nat(3), bytes: fc.integer({ min: 1, max: 450 }) }) },
      { weight: 1, arbitrary: fc.record({ topic: fc.nat(3), bytes: fc.constant(0) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const budget = new HistoryBudget(BUDGET)
        const topics = Array.from({ length: 4 }, () => new History(MOST, budget))
        // The oldest first.
        let model: { topic: number; bytes: number }[] = []
        const bytesOf = (topic?: number): number =>
          model.reduce((sum, told) => sum + (topic === undefined || told.topic === topic ? told.bytes : 0), 0)

        for (const { topic, bytes } of steps) {
          const history = topics[topic]
          if (bytes === 0) {
            history?.clear()
            model = model.filter((told) => told.topic !== topic)
          } else {
            history?.next()
            history?.add(new Uint8Array(bytes), update)
            model.push({ topic, bytes })
            while (bytesOf() > BUDGET) model.shift()
            while (bytesOf(topic) > MOST) {
              model.splice(
                model.findIndex((told) => told.topic === topic),
                1,
              )
            }
          }

          expect(budget.bytes).toBe(bytesOf())
          for (const [at, one] of topics.entries()) {
            const remembered = model.filter((told) => told.topic === at)
            const told = one.since(one.seq - remembered.length)
            expect(told?.map(({ frame }) => frame.byteLength)).toEqual(remembered.map((each) => each.bytes))
            expect(one.since(one.seq - remembered.length - 1)).toBeUndefined()
          }
        }
      }),
    )
  })

  it('is not kept from being forgotten by the last word on an entry, which counts itself', () => {
    const budget = new HistoryBudget(BUDGET)
    const [gone, busy] = [new History(MOST, budget), new History(MOST, budget)]
    gone.next()
    gone.add(new Uint8Array(100), { ...update, type: 'remove', reason: 'removed' })
    const forgotten: unknown[] = []
    for (let told = 0; told < 20; told++) {
      busy.next()
      busy.add(new Uint8Array(300), update)
      forgotten.push(...(busy.since(busy.seq - 1) ?? []))
    }
    const reachable = reachableFrom(gone.lastWord)

    expect(gone.lastWord).toMatchObject({ seq: 2, update: { type: 'remove' } })
    expect(forgotten.filter((told) => reachable.has(told))).toEqual([])
    expect(budget.bytes).toBe(400)
    gone.clear()
    expect(budget.bytes).toBe(300)
  })

  it('is nothing but last words when these alone are too much', () => {
    const budget = new HistoryBudget(BUDGET)
    const gone = Array.from({ length: 3 }, () => new History(BUDGET, budget))
    for (const history of gone) {
      history.next()
      history.add(new Uint8Array(400), { ...update, type: 'remove', reason: 'removed' })
    }
    const other = new History(MOST, budget)
    other.next()
    other.add(new Uint8Array(1), update)

    expect(other.since(other.seq - 1)).toBeUndefined()
    expect(gone.map((history) => history.since(history.seq - 1)?.length)).toEqual([1, 1, 1])
    expect(budget.bytes).toBe(1_200)
    for (const history of gone) history.clear()
    expect(budget.bytes).toBe(0)
  })

  it('has no last word any more when something was told after it', () => {
    const budget = new HistoryBudget(BUDGET)
    const listing = new History(MOST, budget)
    for (const type of ['remove', 'unlock'] as const) {
      listing.next()
      listing.add(new Uint8Array(300), type === 'remove' ? { ...update, type, reason: 'removed' } : update)
    }

    expect(listing.lastWord).toBeUndefined()
    expect(budget.bytes).toBe(300)
  })
})

function reachableFrom(root: unknown, seen = new Set<unknown>()): ReadonlySet<unknown> {
  if (typeof root !== 'object' || root === null || ArrayBuffer.isView(root) || seen.has(root)) return seen
  seen.add(root)
  for (const value of Object.values(root)) reachableFrom(value, seen)
  return seen
}
