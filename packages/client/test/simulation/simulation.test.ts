import { describe, expect, it } from 'vitest'
import { parts } from './parts.ts'
import { runSeeds, STEPS, summary } from './run-seeds.ts'
import { simulate } from './simulate.ts'

// A seed that failed is run again, alone.
const only = process.env['LIVESTORE_SEED']
const count = Number(process.env['LIVESTORE_SEEDS'] ?? 500)

describe('clients and a server on a network that loses, delays and reorders', { timeout: 600_000 }, () => {
  it.skipIf(only !== undefined)(
    'see versions in order, know what became of everything they asked for, agree in the end, and leave nothing behind',
    async () => {
      const totals = await runSeeds(1, count)
      console.info(`${count} simulations: ${summary(totals)}`)

      expect(totals.failures).toEqual([])
      expect(totals.unmet).toEqual([])
    },
  )

  it.runIf(only !== undefined)('do so with one seed', async () => {
    expect((await runSeeds(Number(only), 1)).failures).toEqual([])
  })

  it('do the same with the same seed', async () => {
    const [first, second] = [await simulate(parts, 7, STEPS), await simulate(parts, 7, STEPS)]

    expect([...second.counts]).toEqual([...first.counts])
  })
})
