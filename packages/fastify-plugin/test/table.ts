import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import { defineValue, ok } from '@livestore-kv/core'
import * as v from 'valibot'
import { memoryServer } from './memory-server.ts'
import type { MemoryServer } from './memory-server.ts'

/** A table of cards: everybody sees how many there are, and each team its own. */
export interface TableTypes {
  name: 'table'
  value: { hands: Record<string, string[]>; round: number }
  mutation: { type: 'deal'; to: string; card: string } | { type: 'next' }
  message: { type: 'say'; text: string }
  error: never
  views: {
    hand: { cards: string[]; total: number }
    round: number
  }
}

export const table = defineValue<TableTypes>({
  name: 'table',
  revision: '1',
  mutations: {
    deal: (value, { to, card }) =>
      ok({ ...value, hands: { ...value.hands, [to]: [...(value.hands[to] ?? []), card] } }),
    next: (value) => ok({ ...value, round: value.round + 1 }),
  },
  schema: {
    value: v.object({ hands: v.record(v.string(), v.array(v.string())), round: v.number() }),
    mutation: v.variant('type', [
      v.object({ type: v.literal('deal'), to: v.string(), card: v.string() }),
      v.object({ type: v.literal('next') }),
    ]),
    message: v.object({ type: v.literal('say'), text: v.string() }),
  },
})

export type TableValue = TableTypes['value']

export const store = 'table'
/** What no client of the team `red` may ever read. */
export const SECRET = 'queen-of-spades'

export const value: TableValue = { hands: { red: ['ace'], blue: [SECRET] }, round: 1 }

/** What a team sees. */
export function handOf({ hands }: TableValue, team: string): TableTypes['views']['hand'] {
  return { cards: hands[team] ?? [], total: Object.values(hands).flat().length }
}

export interface TableServer extends MemoryServer {
  readonly tables: Store<TableTypes>
  /** Each time a hand was computed: for which team, and of which round. */
  readonly looks: string[]
}

type Options = NonNullable<Parameters<typeof memoryServer>[0]>

/** Serves tables: credentials are `name team`, whole values are for the dealer, and views for everybody. */
export function tableServer({ views, ...options }: Options = {}): TableServer {
  const tables = createStore(table)
  const looks: string[] = []
  const byName = {
    hand: {
      group: (user: unknown) => String(user),
      select: (seen: unknown, team: string) => {
        looks.push(team)
        return handOf(seen as TableValue, team)
      },
    },
    round: { select: (seen: unknown) => (seen as TableValue).round },
  }
  const server = memoryServer({
    stores: [tables],
    authenticate: ({ token = '' }) => {
      const [userId = '', user = ''] = token.split(' ')
      return { user, userId }
    },
    authorize: ({ user, action, view }) =>
      user === 'dealer' || view !== undefined || !['fetch', 'watch', 'watchStore'].includes(action),
    views: views ?? new Map([['table', new Map(Object.entries(byName))]]),
    ...options,
  })
  return { ...server, tables, looks }
}
