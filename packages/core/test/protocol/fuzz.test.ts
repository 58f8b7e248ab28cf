import { describe, expect, it } from 'vitest'
import { fuzzParser } from './fuzz.ts'

describe('the frame parser', () => {
  it(
    'reads 100,000 random and mutated messages as frames or faults, and never throws',
    { timeout: 120_000 },
    () => {
      const { wrong, frames, faults } = fuzzParser(1, 100_000)

      expect(wrong).toEqual([])
      // They are not all nonsense, and not all right.
      expect(Math.min(frames, faults)).toBeGreaterThan(10_000)
    },
  )
})
