import { createStore } from '@livestore-kv/actors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interleavings } from './model/interleaving.ts'
import { reactingListeners } from './model/reactions.ts'

// A found case is run again with the seed that its message names.
const seed = Number(process.env['LIVESTORE_SEED'] ?? 20_240_607)
const numRuns = Number(process.env['LIVESTORE_RUNS'] ?? 500)

async function counterexample(property: fc.IAsyncPropertyWithHooks<unknown>): Promise<string | undefined> {
  return fc.asyncDefaultReportMessage(await fc.check(property, { seed, numRuns }))
}

describe(`properties (LIVESTORE_SEED=${seed} LIVESTORE_RUNS=${numRuns})`, { timeout: 3_600_000 }, () => {
  it('any interleaving of any calls does on the store what it does on the reference model', async () => {
    expect(await counterexample(interleavings(createStore))).toBeUndefined()
  })

  it('whatever listeners do when they are told, everybody is told the same in one order without a gap', async () => {
    expect(await counterexample(reactingListeners(createStore))).toBeUndefined()
  })
})
