import { describe, expect, it } from 'vitest'
import { runSeeds, summary } from './run-seeds.ts'

const count = Number(process.env['LIVESTORE_SEEDS'] ?? 20_000)
// Others each time: a soak looks where nobody has looked.
const first = Number(process.env['LIVESTORE_SEED'] ?? 1_000 + (Date.now() % 1_000_000_000))

describe(`${count} simulations of clients and a server, from seed ${first}`, () => {
  it('find nothing that must not be', async () => {
    const totals = await runSeeds(first, count)
    process.stdout.write(`soak: ${summary(totals)}\n`)

    expect(totals.failures).toEqual([])
    expect(totals.unmet).toEqual([])
  })
})
