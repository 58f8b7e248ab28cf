import { describe, expect, it } from 'vitest'
import { fuzzEndpoint } from './fuzz-session.ts'

const count = Number(process.env['LIVESTORE_FRAMES'] ?? 1_000_000)
const seed = Number(process.env['LIVESTORE_SEED'] ?? Date.now() % 1_000_000)

describe(`an endpoint that is sent ${count} random and mutated messages, from seed ${seed}`, () => {
  it('answers each, once, and keeps none', async () => {
    const { wrong, left } = await fuzzEndpoint(seed, count)

    expect(wrong).toEqual([])
    expect(left).toBe(0)
  })
})
