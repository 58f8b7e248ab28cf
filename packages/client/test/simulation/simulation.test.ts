import { describe, expect, it } from 'vitest'
import { parts } from './parts.ts'
import { simulate } from './simulate.ts'

const only = process.env['LIVESTORE_SEED']
const seeds = only === undefined ? Number(process.env['LIVESTORE_SEEDS'] ?? 500) : 1

describe('sim', () => {
  it('x', { timeout: 600_000 }, async () => {
    const counts = new Map<string, number>()
    const t = process.cpuUsage()
    for (let seed = 1; seed <= seeds; seed++) {
      const report = await simulate(parts, only === undefined ? seed : Number(only), 200)
      for (const [event, times] of report.counts) counts.set(event, (counts.get(event) ?? 0) + times)
      if (report.faults.length > 0) console.log(seed, report.faults)
    }
    const u = process.cpuUsage(t)
    console.log((u.user + u.system) / 1e6, 's cpu')
    console.log(
      [...counts]
        .sort()
        .map(([k, v]) => `${k}: ${v}`)
        .join('\n'),
    )
    expect(1).toBe(1)
  })
})
