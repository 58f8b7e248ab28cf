import type { WireUpdate } from '@livestore-kv/core/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HistoryBudget } from '../src/history-budget.ts'
import { History } from '../src/history.ts'

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
})
