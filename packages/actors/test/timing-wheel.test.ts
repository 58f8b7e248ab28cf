import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Slots } from '../src/expiry/slots.ts'
import { TimingWheel } from '../src/expiry/timing-wheel.ts'
import type { Looks, WheelNode } from '../src/expiry/timing-wheel.ts'

/** More nodes than one chunk of a slot has room for. */
const NODES = 600

const unlimited = (): Looks => ({ left: Infinity })

function someNode(): WheelNode {
  return { chunk: undefined, due: 0 }
}

function takeAll(wheel: TimingWheel<WheelNode>, nowMs: number): readonly WheelNode[] {
  const taken: WheelNode[] = []
  for (let node; (node = wheel.takeDue(nowMs, unlimited()));) taken.push(node)
  return taken
}

describe('timing wheel', () => {
  it('takes whatever was filed when its slot has begun, once and never before', () => {
    const wheel = new TimingWheel<WheelNode>(new Slots(1_000, 5_000))
    const node = someNode()
    wheel.file(node, 7_500)

    expect(takeAll(wheel, 7_999)).toEqual([])
    expect(takeAll(wheel, 8_000)).toEqual([node])
    expect(takeAll(wheel, 8_000)).toEqual([])
    expect(wheel.isEmpty).toBe(true)
  })

  it('takes what was put off when its new slot has begun', () => {
    const wheel = new TimingWheel<WheelNode>(new Slots(1_000, 0))
    const node = someNode()
    wheel.file(node, 1_000)
    node.due = 3

    expect(takeAll(wheel, 2_999)).toEqual([])
    expect(takeAll(wheel, 3_000)).toEqual([node])
  })

  it('counts a look at what was put off, and stops when none is left', () => {
    const wheel = new TimingWheel<WheelNode>(new Slots(1_000, 0))
    const nodes = Array.from({ length: NODES }, someNode)
    for (const node of nodes) wheel.file(node, 1_000)
    for (const node of nodes) node.due = 9
    const looks = { left: 500 }

    expect(wheel.takeDue(1_000, looks)).toBeUndefined()
    expect(looks.left).toBe(0)
    expect(wheel.takeDue(1_000, { left: 1 })).toBeUndefined()
    expect(takeAll(wheel, 9_000)).toHaveLength(NODES)
  })

  it('keeps a deadline that is further away than its slots reach', () => {
    const wheel = new TimingWheel<WheelNode>(new Slots(1, 0))
    const node = someNode()
    wheel.file(node, Number.MAX_SAFE_INTEGER)

    expect(takeAll(wheel, 2 ** 30 - 2)).toEqual([])
    expect(takeAll(wheel, Number.MAX_SAFE_INTEGER)).toEqual([node])
  })

  it('in any order of calls, takes what is due, all of it and nothing else', () => {
    const slotMs = 10
    const step = fc.record({
      call: fc.constantFrom('file', 'unfile', 'putOff'),
      from: fc.nat(NODES - 1),
      every: fc.integer({ min: 1, max: 70 }),
      by: fc.nat(6),
      afterMs: fc.nat(40),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const wheel = new TimingWheel<WheelNode>(new Slots(slotMs, 0))
        const nodes = Array.from({ length: NODES }, someNode)
        const filed = new Set<WheelNode>()
        let now = 0

        for (const { call, from, every, by, afterMs } of steps) {
          const called = nodes.slice(from).filter((_, at) => at % every === 0)
          for (const node of called) {
            if (call === 'putOff') node.due += filed.has(node) ? by : 0
            else {
              wheel.unfile(node)
              filed.delete(node)
            }
            if (call === 'file') {
              wheel.file(node, now + by * slotMs)
              filed.add(node)
            }
          }
          now += afterMs
          const due = [...filed].filter((node) => node.due * slotMs <= now)
          for (const node of due) filed.delete(node)

          const taken = takeAll(wheel, now)

          expect(taken).toHaveLength(due.length)
          expect(new Set(taken)).toEqual(new Set(due))
          expect(wheel.isEmpty).toBe(filed.size === 0)
        }
      }),
    )
  })
})
