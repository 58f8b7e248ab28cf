import { describe, expect, it } from 'vitest'
import { FakeClock } from '@livestore-kv/core/testing'
import { TokenBucket } from '../src/connections/token-bucket.ts'

describe('a token bucket', () => {
  it('lets a burst through, and then so many a second', () => {
    const clock = new FakeClock()
    const bucket = new TokenBucket(clock, 10, 3)
    const take = (times: number): number[] => Array.from({ length: times }, () => bucket.take())

    expect(take(4)).toEqual([0, 0, 0, 100])
    clock.advance(300)
    expect(take(3)).toEqual([0, 0, 100])
  })

  it('holds no more than a burst, however long nobody asks', () => {
    const clock = new FakeClock()
    const bucket = new TokenBucket(clock, 10, 2)

    clock.advance(3_600_000)

    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 100])
  })

  it('is flooded once a whole burst was asked for in debt', () => {
    const bucket = new TokenBucket(new FakeClock(), 10, 2)

    const flooded = Array.from({ length: 4 }, () => {
      bucket.take()
      return bucket.isFlooded
    })

    expect(flooded).toEqual([false, false, false, true])
  })

  it('is not confused by a clock that goes back', () => {
    const clock = new FakeClock()
    const bucket = new TokenBucket(clock, 10, 2)
    bucket.take()

    clock.advance(-5_000)

    expect(bucket.take()).toBe(0)
  })
})
