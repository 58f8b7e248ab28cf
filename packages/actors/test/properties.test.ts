import { createStore } from '@livestore-kv/actors'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { interleavings } from './model/interleaving.ts'

const seed = Number(process.env['LIVESTORE_SEED'] ?? 20_240_607)
const numRuns = Number(process.env['LIVESTORE_RUNS'] ?? 300)

describe(`random interleavings of every call (LIVESTORE_SEED=${seed} LIVESTORE_RUNS=${numRuns})`, () => {
  it('do on the store what they do on the reference model', { timeout: 600_000 }, async () => {
    await fc.assert(interleavings(createStore), { seed, numRuns })
  })
})
