import { describe, expect, it } from 'vitest'
import { CloseCode, isRetryable, retryOf } from '@livestore-kv/core/protocol'

const own = Object.values(CloseCode).filter((code) => code >= 4000)

describe('close codes', () => {
  it('say by their range whether to try again', () => {
    expect(own.filter(isRetryable).every((code) => code < 4500)).toBe(true)
    expect(own.filter((code) => !isRetryable(code)).every((code) => code >= 4500 && code < 5000)).toBe(true)
  })

  it('count 1001, 1006 and 1012 as try again, and other standard ones not', () => {
    expect([1000, 1001, 1005, 1006, 1009, 1012].filter(isRetryable)).toEqual([1001, 1006, 1012])
  })

  it('are all different', () => {
    expect(new Set(Object.values(CloseCode)).size).toBe(Object.values(CloseCode).length)
  })
})

describe('retryOf', () => {
  it('says what to do about an error', () => {
    expect([retryOf('FORBIDDEN'), retryOf('RATE_LIMITED'), retryOf('VERSION_CONFLICT')]).toEqual([
      'no',
      'later',
      'resync',
    ])
  })
})
