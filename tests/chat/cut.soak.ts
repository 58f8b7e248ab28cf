import { describe, expect, it } from 'vitest'
import { talkOverACut } from './cut.ts'

describe('the connection', () => {
  it('loses and doubles nothing over a cut of 30 s', async () => {
    const { seen, said } = await talkOverACut(30_000)

    expect(seen.ben).toEqual(seen.ada)
    expect([...seen.ada].sort()).toEqual([...said].sort())
  })
})
