import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import { definePresence } from '@livestore-kv/core'
import type { Member, PlaceTypes } from '@livestore-kv/core'
import * as v from 'valibot'
import { memoryServer } from './memory-server.ts'
import type { MemoryServer } from './memory-server.ts'

export interface HereTypes {
  name: 'here'
  state: { typing: boolean; note?: string | undefined }
  who: { name: string }
}

export const here = definePresence<HereTypes>({
  name: 'here',
  revision: '1',
  schema: v.strictObject({ typing: v.boolean(), note: v.optional(v.string()) }),
  capacity: 3,
  stateBytes: 200,
})

/** Without a schema: nobody enters. */
export const sealedHere = definePresence<{ name: 'sealed-here'; state: number; who: null }>({
  name: 'sealed-here',
  revision: '1',
})

export type HereStore = Store<PlaceTypes<HereTypes>>

export const stamps = new Map([
  ['here', { who: ({ userId }: { readonly userId: string }) => ({ name: userId.toUpperCase() }) }],
  ['sealed-here', { who: () => null }],
])

/** A server of places; everybody may see and enter each, unless `options` say otherwise. */
export function placesServer(
  options: Parameters<typeof memoryServer>[0] = {},
): MemoryServer & { readonly heres: HereStore; readonly who: (key: string) => string[] } {
  const heres = createStore(here)
  const stores = [heres, createStore(sealedHere)]
  const server = memoryServer({ stores, prepare: stamps, ...options })
  return { ...server, heres, who: (key) => namesOf(heres.fetch(key)?.value ?? []) }
}

/** The users of `members`, in the order in which they entered. */
export function namesOf(members: readonly Pick<Member<HereTypes>, 'userId'>[]): string[] {
  return members.map(({ userId }) => userId)
}
