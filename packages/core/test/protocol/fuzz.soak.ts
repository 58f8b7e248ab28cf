import { describe, expect, it } from 'vitest'
import { fuzzParser } from './fuzz.ts'

const count = Number(process.env['LIVESTORE_FRAMES'] ?? 10_000_000)
const seed = Number(process.env['LIVESTORE_SEED'] ?? Date.now() % 1_000_000)
const SLICE = 1_000_000

function usedBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

describe(`${count} messages from seed ${seed}`, () => {
  it('are read without a throw and without growth', () => {
    let before: number | undefined
    for (let read = 0; read < count; read += SLICE) {
      const { wrong } = fuzzParser(seed + read, Math.min(SLICE, count - read))
      expect(wrong).toEqual([])
      // The first slice warms up; what is kept of the others would show.
      before ??= usedBytes()
    }
    const grownBytes = usedBytes() - (before ?? 0)
    process.stdout.write(`soak: ${count} messages read, ${Math.round(grownBytes / 1_024)} kB more in use\n`)
    expect(grownBytes).toBeLessThan(32 * 1_048_576)
  })
})
