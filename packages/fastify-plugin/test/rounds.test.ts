import { describe, expect, it } from 'vitest'
import { Rounds } from '../src/listings/rounds.ts'

describe('rounds', () => {
  it('are shared by all who ask before they begin, one at a time', async () => {
    const begun: (readonly string[])[] = []
    const ends: (() => void)[] = []
    const rounds = new Rounds<string>((asked) => {
      begun.push(asked)
      return new Promise((resolve) => ends.push(resolve))
    })

    const first = rounds.ask('a')
    await Promise.resolve()
    const second = Promise.all([rounds.ask('b'), rounds.ask('c')])
    const before = begun.length
    ends[0]?.()
    await first
    await Promise.resolve()
    ends[1]?.()
    await second

    expect(before).toBe(1)
    expect(begun).toEqual([['a'], ['b', 'c']])
  })

  it('go on though one fails, which only those who shared it learn', async () => {
    const rounds = new Rounds<boolean>(async ([fails]) => {
      if (fails) throw new Error('failed')
    })

    const first = rounds.ask(true)
    await Promise.resolve()
    const second = rounds.ask(false)

    await expect(first).rejects.toThrow('failed')
    await expect(second).resolves.toBeUndefined()
  })
})
