import { describe, expect, it } from 'vitest'
import { createKey, isKey, parseKey } from '@livestore-kv/core'

describe('a key', () => {
  it('is a new UUID version 4 each time', () => {
    const key = createKey()

    expect(isKey(key)).toBe(true)
    expect(createKey()).not.toBe(key)
  })

  it('is stored in lower case', () => {
    const key = createKey()

    expect(parseKey(key.toUpperCase())).toBe(key)
  })

  it.each(['', 'lobby', '00000000-0000-1000-8000-000000000000', `${createKey()}0`, 7, undefined, null, {}])(
    'is INVALID_KEY when it is %j',
    (key) => {
      expect(isKey(key)).toBe(false)
      expect(() => parseKey(key)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }))
    },
  )
})
