import type { PlaceMember } from '@livestore-kv/client'
import { describe, expect, it } from 'vitest'
import type { HereTypes } from '../src/definitions.ts'
import { presentAmong } from '../src/page/who-is-here.ts'

function memberOf(userId: string, name: string, isSelf = false): PlaceMember<HereTypes> {
  return { id: `${userId} ${name}`, userId, who: { name }, state: null, enteredAt: 0, isSelf }
}

describe('who is here', () => {
  it('is each person once, in the order in which they came, whichever window is this one', () => {
    const members = [memberOf('ada', 'Ada', true), memberOf('ben', 'Ben'), memberOf('ada', 'Ada')]

    expect(presentAmong(members)).toEqual([
      { id: 'ada', name: 'Ada', isSelf: true },
      { id: 'ben', name: 'Ben', isSelf: false },
    ])
  })

  it('goes by the name that was given last', () => {
    const members = [memberOf('ada', 'Ada'), memberOf('ada', 'Ada Lovelace')]

    expect(presentAmong(members)).toEqual([{ id: 'ada', name: 'Ada Lovelace', isSelf: false }])
  })
})
