import { describe, expect, it } from 'vitest'
import { cleanName, cleanText, flawOf, foldName, lengthOf } from '../src/text.ts'

describe('cleanName', () => {
  it('keeps a name on one line, with single spaces and without controls', () => {
    expect(cleanName('  Tea \n\t& \u{a0} biscuits\u{0} ')).toBe('Tea & biscuits')
  })

  it('replaces half a surrogate pair, and keeps whole ones', () => {
    expect(cleanName('a\ud83cb')).toBe('a\u{fffd}b')
    expect(cleanName('🍵 茶 👩‍👩‍👧')).toBe('🍵 茶 👩‍👩‍👧')
  })
})

describe('cleanText', () => {
  it('keeps inner line breaks and tabs and drops blank ends and other controls', () => {
    expect(cleanText('\n one\r\n\ttwo\u{7}\u{1b}[31m \n')).toBe('one\n\ttwo[31m')
  })
})

describe('foldName', () => {
  it.each([
    ['case', 'Lobby', 'lOBBY'],
    ['width', 'Lobby', 'Ｌｏｂｂｙ'],
    ['composition', 'Caf\u{e9}', 'Cafe\u{301}'],
    ['spacing', 'Tea  time', ' Tea\u{a0}time '],
    ['invisible characters', 'Lobby', 'Lob\u{200b}by\u{200d}'],
    ['a sharp s', 'Straße', 'STRASSE'],
    ['a final sigma', 'ΟΔΟΣ', 'οδος'],
  ])('does not tell names apart by %s', (_what, one, other) => {
    expect(foldName(one)).toBe(foldName(other))
  })

  it('tells different names apart', () => {
    expect(foldName('Lobby')).not.toBe(foldName('Lobbu'))
    expect(foldName('resume')).not.toBe(foldName('résumé'))
  })
})

describe('flawOf', () => {
  it('counts code points, not UTF-16 units', () => {
    expect(lengthOf('🍵🍵')).toBe(2)
    expect(flawOf('🍵🍵', 2)).toBeUndefined()
    expect(flawOf('🍵🍵🍵', 2)).toBe('too-long')
  })

  it('calls what nobody can see empty', () => {
    expect(flawOf('', 5)).toBe('empty')
    expect(flawOf('\u{200b}\u{2060} \u{feff}', 5)).toBe('empty')
  })
})
