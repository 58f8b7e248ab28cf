import { defineValue, ok, refuse } from '@livestore-kv/client'

/** A value that says which changes led to it, and in which order. */
export interface LedgerValue {
  readonly chain: number
  /** The change that led here. */
  readonly last: string
}

export interface LedgerTypes {
  name: 'ledger'
  value: LedgerValue
  mutation: { type: 'add' | 'tryAdd' | 'explode'; id: string }
  message: { type: 'note'; id: string }
  error: 'odd'
  views: { glimpse: Glimpse }
}

/** What a team sees of a ledger: of four changes, one does not show. */
export interface Glimpse {
  readonly team: string
  readonly quarter: number
}

function add({ chain }: LedgerValue, id: string): LedgerValue {
  let next = chain
  for (let at = 0; at < id.length; at++) next = (Math.imul(next, 31) + id.charCodeAt(at)) | 0
  return { chain: next, last: id }
}

/** The value of an entry that begins with the change `id`. */
export function beginning(id: string): LedgerValue {
  return add({ chain: 0, last: '' }, id)
}

export function glimpse({ chain }: LedgerValue, team: string): Glimpse {
  return { team, quarter: chain >>> 30 }
}

/** In which of two teams the client `name` is. */
export function teamOf(name: unknown): string {
  return String(name).length % 2 === 0 ? 'even' : 'odd'
}

/** Whether `error` is what `explode` throws. */
export function isExplosion(error: unknown): boolean {
  return error instanceof Error && error.message === EXPLOSION
}

const EXPLOSION = 'exploded'

// Nothing to check: what these tests send is right.
const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const

export const ledger = defineValue<LedgerTypes>({
  name: 'ledger',
  revision: '1',
  mutations: {
    add: (value, { id }) => ok(add(value, id)),
    // Refused or not by what others did: a prediction of it is often wrong.
    tryAdd: (value, { id }) => (value.chain % 2 === 0 ? ok(add(value, id)) : refuse('odd')),
    explode: () => {
      throw new Error(EXPLOSION)
    },
  },
  // The same check for all three.
  schema: { value: anything as never, mutation: anything as never, message: anything as never },
})
