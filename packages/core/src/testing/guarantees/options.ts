import type { ConformanceSuite } from '../conformance-suite.ts'
import type { EngineOptions } from '../engine.ts'
import { errorOf } from '../error-of.ts'

const wrong: readonly (readonly [name: string, options: EngineOptions])[] = [
  ['maxEntries', { maxEntries: 0 }],
  ['mailboxCapacity', { mailboxCapacity: 1.5 }],
  ['waitTimeoutMs', { waitTimeoutMs: -1 }],
  ['channelCapacity', { channelCapacity: Number.NaN }],
  ['expiry.timeoutMs', { expiry: { timeoutMs: 0 } }],
  ['expiry.sweepMs', { expiry: { timeoutMs: 1, sweepMs: -1 } }],
]

/** Guarantee 11. */
export function describeOptions({ describe, it, expect, start }: ConformanceSuite): void {
  describe('11. options are checked once, at construction', () => {
    for (const [name, options] of wrong) {
      it(`names the option that is wrong: ${name}`, async () => {
        const error = await errorOf(() => start(options))

        expect(error).toMatchObject({ code: 'INVALID_OPTIONS' })
        expect(String(error).includes(name)).toBe(true)
      })
    }
  })
}
