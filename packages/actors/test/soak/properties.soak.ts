import { createStore } from '@livestore-kv/actors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interleavings } from '../model/interleaving.ts'
import { reactingListeners } from '../model/reactions.ts'
import { report } from './figures.ts'

const seeds = Number(process.env['LIVESTORE_SEEDS'] ?? 20)
const numRuns = Number(process.env['LIVESTORE_RUNS'] ?? 2_000)
// Another one each time: a soak looks where nobody has looked.
const first = Number(process.env['LIVESTORE_SEED'] ?? Date.now() % 1_000_000)

describe(`properties of ${seeds} seeds from ${first}, ${numRuns} runs each`, () => {
  it.each([
    ['interleavings', interleavings],
    ['reacting listeners', reactingListeners],
  ] as const)('%s', async (name, property) => {
    const started = performance.now()
    for (let seed = first; seed < first + seeds; seed++) {
      const outcome = await fc.check(property(createStore), { seed, numRuns })
      expect(await fc.asyncDefaultReportMessage(outcome)).toBeUndefined()
    }
    report(name, { seeds, runs: seeds * numRuns, ms: performance.now() - started })
  })
})
