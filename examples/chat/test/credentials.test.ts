import { describe, expect, it } from 'vitest'
import { personOf } from '../src/server/credentials.ts'

const secret = 'a secret of twenty-four or more'

describe('personOf', () => {
  it('knows a person by their secret, whatever they call themselves', () => {
    const ada = personOf(JSON.stringify({ secret, name: ' Ada  Lovelace ' }))
    const same = personOf(JSON.stringify({ secret, name: 'Countess' }))
    const other = personOf(JSON.stringify({ secret: `${secret}!`, name: 'Ada Lovelace' }))

    expect(ada?.name).toBe('Ada Lovelace')
    expect(ada?.id).toBe(same?.id)
    expect(ada?.id).not.toBe(other?.id)
    expect(secret).not.toContain(ada?.id)
  })

  it.each([
    ['no token', undefined],
    ['no JSON', 'Ada'],
    ['no object', '"Ada"'],
    ['a secret that can be guessed', JSON.stringify({ secret: '1234', name: 'Ada' })],
    ['no name', JSON.stringify({ secret })],
    ['a name that nobody sees', JSON.stringify({ secret, name: '\u{200b}' })],
    ['a name that is too long', JSON.stringify({ secret, name: 'x'.repeat(33) })],
  ])('knows nobody by %s', (_what, token) => {
    expect(personOf(token)).toBeUndefined()
  })
})
