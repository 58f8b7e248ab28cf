import { definePresence, isPresence } from '@livestore-kv/core'
import type { Entry, Member, PlaceMutation, PlaceTypes, PresenceOptions } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { foo } from '../src/testing/foo.ts'

interface HereTypes {
  name: 'here'
  state: number
  who: null
}

const here = definePresence<HereTypes>({ name: 'here', revision: '1', capacity: 2 })
const member = (id: string, state = 0): Member<HereTypes> => ({
  id,
  userId: id,
  who: null,
  state,
  enteredAt: 1,
})

function place(...value: Member<HereTypes>[]): Entry<PlaceTypes<HereTypes>> {
  return { key: 'k', epoch: 1, version: 1, value, createdAt: 1, changedAt: 1 }
}

describe('a place', () => {
  it.each<[string, Entry<PlaceTypes<HereTypes>>, PlaceMutation<HereTypes>, readonly Member<HereTypes>[]]>([
    [
      'puts who enters last',
      place(member('a')),
      { type: 'enter', member: member('b') },
      [member('a'), member('b')],
    ],
    [
      'keeps the seat of who enters again, full or not',
      place(member('a'), member('b')),
      { type: 'enter', member: member('a', 1) },
      [member('a', 1), member('b')],
    ],
    [
      'gives the seat of another to who takes its place',
      place(member('a'), member('b')),
      { type: 'enter', member: member('c'), instead: 'a' },
      [member('c'), member('b')],
    ],
    [
      'has nobody twice',
      place(member('a'), member('b')),
      { type: 'enter', member: member('b'), instead: 'a' },
      [member('b')],
    ],
    [
      'lets a member show another state',
      place(member('a'), member('b')),
      { type: 'show', id: 'a', state: 7 },
      [member('a', 7), member('b')],
    ],
    ['is without who leaves', place(member('a'), member('b')), { type: 'leave', id: 'a' }, [member('b')]],
  ])('%s', (_, before, mutation, value) => {
    expect(here.mutate(before, mutation)).toEqual({ ok: true, value })
  })

  it.each<[string, PlaceMutation<HereTypes>, string]>([
    ['more members than it has room for', { type: 'enter', member: member('c') }, 'place-full'],
    ['a state of nobody', { type: 'show', id: 'c', state: 1 }, 'not-here'],
    ['that nobody leaves', { type: 'leave', id: 'c' }, 'not-here'],
  ])('refuses %s', (_, mutation, error) => {
    expect(here.mutate(place(member('a'), member('b')), mutation)).toEqual({ ok: false, error })
  })
})

describe('definePresence', () => {
  it.each([
    { capacity: 0 },
    { capacity: 1.5 },
    { stateBytes: -1 },
    { stateBytes: NaN },
    { revision: 1 },
    { schema: 'no' },
    { capcity: 3 },
  ])('names the option that is wrong: %j', (wrong) => {
    const [name = ''] = Object.keys(wrong)
    // What JavaScript passes is not held by types.
    const options = { name: 'here', revision: '1', ...wrong } as PresenceOptions<HereTypes>

    expect(() => definePresence(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_DEFINITION', message: expect.stringContaining(name) }),
    )
  })

  it('makes a definition that is told from others', () => {
    expect([isPresence(here), isPresence(foo)]).toEqual([true, false])
  })
})
