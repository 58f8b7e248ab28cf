import { describe, expect, it } from 'vitest'
import { parts } from './parts.ts'
import { runSeeds, STEPS, summary } from './run-seeds.ts'
import { simulate } from './simulate.ts'

// A seed that failed is run again, alone.
const only = process.env['LIVESTORE_SEED']
const [first, count] = only === undefined ? [1, 500] : [Number(only), 1]

describe('clients and a server on a network that loses, delays and reorders', { timeout: 600_000 }, () => {
  it('see versions in order, know what became of everything they asked for, agree in the end, and leave nothing behind', async () => {
    const totals = await runSeeds(first, count)
    process.stdout.write(`simulations from seed ${first}: ${count} · ${summary(totals)}\n`)

    expect(totals.failures).toEqual([])
    // One alone need not meet everything.
    expect(count > 1 ? totals.unmet : []).toEqual([])
  })

  it('do the same with the same seed', async () => {
    const [one, other] = [await simulate(parts, 7, STEPS), await simulate(parts, 7, STEPS)]

    expect([...other.counts]).toEqual([...one.counts])
  })
})
