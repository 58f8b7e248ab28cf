import { createClient } from '@livestore-kv/client'
import type { Accepted, Client, ClientStore, Guard, Listing, Mirror } from '@livestore-kv/client'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { MachineTypes } from '@livestore-kv/actors/xstate'
import { defineHosted, defineValue, ok } from '@livestore-kv/core'
import type { Definition, Entry, LiveStore, Result, ViewTypes } from '@livestore-kv/core'
import { describe, expectTypeOf, it } from 'vitest'
import { WebSocket } from 'ws'
import { setup } from 'xstate'
import { livestoreOptions } from '@livestore-kv/fastify-plugin'
import { note, sealed } from '../../fastify-plugin/test/definitions.ts'
import type { NoteTypes, SealedTypes } from '../../fastify-plugin/test/definitions.ts'
import { table } from '../../fastify-plugin/test/table.ts'
import type { TableTypes } from '../../fastify-plugin/test/table.ts'

declare const client: Client<typeof note>
declare const notes: ClientStore<NoteTypes>

describe('createClient', () => {
  it('knows the kinds of its definitions, and takes the WebSocket of browsers and of ws', () => {
    const both = createClient({ url: '/live', definitions: [note, sealed], WebSocket })
    createClient({ url: '/live', definitions: [note], WebSocket: globalThis.WebSocket })

    expectTypeOf(both.store(note)).toEqualTypeOf<ClientStore<NoteTypes>>()
    expectTypeOf(both.store(sealed)).toEqualTypeOf<ClientStore<SealedTypes>>()
    // @ts-expect-error it is not among the client's definitions
    client.store(sealed)
    // @ts-expect-error definitions are missing
    createClient({ url: '/live' })
  })
})

describe('Client', () => {
  it('has any definitions where they are not named, and is one with fewer', () => {
    const one = (any: Client) => any.store(sealed).watch('').entry
    const both = createClient({ url: '/live', definitions: [note, sealed], WebSocket })

    expectTypeOf(one(both)).toEqualTypeOf<Entry<SealedTypes> | undefined>()
    expectTypeOf(both).toExtend<Client<typeof note>>()
  })
})

describe('client store', () => {
  it('is typed as its kind', async () => {
    expectTypeOf(notes.watch('')).toEqualTypeOf<Mirror<NoteTypes>>()
    expectTypeOf(notes.watch('').entry).toEqualTypeOf<Entry<NoteTypes> | undefined>()
    expectTypeOf(notes.watchStore()).toEqualTypeOf<Listing<NoteTypes>>()
    expectTypeOf(notes.watchStore().entries).toEqualTypeOf<ReadonlyMap<string, Entry<NoteTypes>>>()
    expectTypeOf(await notes.acquire('')).toEqualTypeOf<Guard<NoteTypes> | undefined>()
    expectTypeOf(await notes.withLock('', () => 7)).toEqualTypeOf<number>()
  })

  it('answers a mutation with the declared error', async () => {
    const result = await notes.mutate('', { type: 'write', text: '', author: '' })

    expectTypeOf(result).toEqualTypeOf<Result<Accepted, 'empty' | { tooLong: number }> | undefined>()
    // @ts-expect-error there is no such mutation
    await notes.mutate('', { type: 'wrte', text: '', author: '' })
    // @ts-expect-error its text is missing
    await notes.mutate('', { type: 'write', author: '' })
    // @ts-expect-error values have an author
    await notes.init({ text: '' })
    // @ts-expect-error there is no such message
    await notes.broadcast('', { type: 'write' })
  })
})

describe('view', () => {
  it('is typed by what the definition declares it to show', async () => {
    const tables = createClient({ url: '/live', definitions: [table] }).store(table)

    expectTypeOf(tables.watch('', { view: 'hand' })).toEqualTypeOf<Mirror<ViewTypes<TableTypes, 'hand'>>>()
    expectTypeOf((await tables.fetch('', { view: 'round' }))?.value).toEqualTypeOf<number | undefined>()
    expectTypeOf(tables.watch('', { view: 'hand' }).entry?.value.cards).toEqualTypeOf<
      readonly string[] | undefined
    >()
    // @ts-expect-error there is no such view
    tables.watch('', { view: 'hnd' })
    // @ts-expect-error notes have none
    notes.watch('', { view: 'hand' })
  })

  it('is listed by what the definition declares it to show', () => {
    const tables = createClient({ url: '/live', definitions: [table] }).store(table)

    const rounds = tables.watchStore({ view: 'round', changes: true })
    expectTypeOf(rounds).toEqualTypeOf<Listing<ViewTypes<TableTypes, 'round'>>>()
    expectTypeOf(rounds.entries.get('')?.value).toEqualTypeOf<number | undefined>()
    expectTypeOf(tables.watchStore({ changes: true })).toEqualTypeOf<Listing<TableTypes>>()
    // @ts-expect-error there is no such view
    tables.watchStore({ view: 'hnd' })
    // @ts-expect-error notes have none
    notes.watchStore({ view: 'hand' })
  })

  it('is made on the server of the value, for the user, as the definition declares', () => {
    const [store, user] = [{} as LiveStore<TableTypes>, { team: 'red' }]
    const options = { stores: [store], authenticate: () => ({ user, userId: 'a' }), authorize: () => true }
    expectTypeOf(user).toEqualTypeOf<{ team: string }>()
    livestoreOptions({
      ...options,
      authorize: (input) => {
        if (input.action === 'watch' || input.action === 'watchStore') {
          expectTypeOf(input.view).toEqualTypeOf<'hand' | 'round' | undefined>()
        }
        return true
      },
      views: {
        table: {
          hand: {
            group: ({ team }) => team,
            select: ({ hands }, team) => ({ cards: hands[team] ?? [], total: 0 }),
          },
          round: {
            select: ({ round }) => {
              expectTypeOf(round).toEqualTypeOf<number>()
              return round
            },
          },
        },
      },
    })
    livestoreOptions({
      ...options,
      // @ts-expect-error it shows a number
      views: { table: { hand: { select: () => ({ cards: [], total: 0 }) }, round: { select: () => 'x' } } },
    })
    // @ts-expect-error a view that is declared is not served
    livestoreOptions({ ...options, views: { table: { round: { select: () => 1 } } } })
  })
})

interface MatchTypes {
  name: 'match'
  value: { state: string; context: { title: string } }
  mutation: { type: 'kickOff' }
  message: never
  error: 'not-accepted'
  input: { title: string }
}

const machine = setup({
  types: { input: {} as { title: string }, context: {} as { title: string } },
}).createMachine({ context: ({ input }) => input })

type ServedTypes = MachineTypes<'served', typeof machine, { title: string }>

describe('a hosted kind', () => {
  const match = defineHosted<MatchTypes>({ name: 'match', revision: '1' })
  const served = fromMachine(machine, { name: 'served', revision: '1' })
  const client = createClient({ url: '/live', definitions: [match, served], WebSocket })
  const matches = client.store(match)

  it('is made of its input, as a client knows it', async () => {
    await matches.init({ title: 'final' })
    await matches.create('', { title: 'final' })
    await matches.insert('', { title: 'final' })
    expectTypeOf(matches.watch('').entry?.value.context.title).toEqualTypeOf<string | undefined>()

    const value = { state: 'waiting', context: { title: 'final' } }
    // @ts-expect-error a value is not its input
    await matches.init(value)
    // @ts-expect-error a value is not its input
    await matches.create('', value)
    // @ts-expect-error a value is not its input
    await matches.insert('', value)
  })

  it('is made of its input, as its machine says it', async () => {
    expectTypeOf(await client.store(served).init({ title: 'final' })).toEqualTypeOf<string>()

    // @ts-expect-error the machine needs its title
    await client.store(served).init({})
  })

  it('is not overwritten by a client, with whatever', () => {
    expectTypeOf<ClientStore<MatchTypes>['assign']>().parameter(1).toBeNever()
    expectTypeOf<ClientStore<ServedTypes>['assign']>().parameter(1).toBeNever()
    expectTypeOf<ClientStore<NoteTypes>['assign']>().parameter(1).toEqualTypeOf<Entry<NoteTypes>['value']>()
  })

  it('has an input to send even where its machine needs none', async () => {
    const lamp = fromMachine(setup({}).createMachine({}), { name: 'lamp', revision: '1' })
    const lamps = createClient({ url: '/live', definitions: [lamp], WebSocket }).store(lamp)

    expectTypeOf(await lamps.init({})).toEqualTypeOf<string>()
    // @ts-expect-error a frame without a value is none
    await lamps.init()
  })
})

interface LetterTypes {
  name: 'letter'
  value: { text: string; author: string }
  mutation: { type: 'write'; text: string; author: string } | { type: 'burn' }
  message: { type: 'reading'; by: string }
  error: never
  stamped: 'author' | 'by'
}

declare const letters: ClientStore<LetterTypes>
declare const guard: Guard<LetterTypes>

describe('stamped fields', () => {
  it("are not the client's to send, and what is predicted has them", async () => {
    const write = { type: 'write', text: '' } as const
    await letters.mutate('', write)
    await letters.mutate('', { type: 'burn' })
    await letters.mutate('', write, { optimistic: { ...write, author: 'ada' } })
    await guard.mutate(write)
    await letters.broadcast('', { type: 'reading' })
    expectTypeOf(letters.watch('').entry?.value).toEqualTypeOf<
      { readonly text: string; readonly author: string } | undefined
    >()

    // @ts-expect-error the author is the server's to say
    await letters.mutate('', { type: 'write', text: '', author: 'ada' })
    // @ts-expect-error what is predicted needs one
    await letters.mutate('', write, { optimistic: write })
    // @ts-expect-error nothing can be predicted without what the server adds
    await letters.mutate('', write, { optimistic: true })
    // @ts-expect-error who reads is the server's to say
    await letters.broadcast('', { type: 'reading', by: 'ada' })
  })

  it('are always there for handlers, whatever clients send', () => {
    const letter = defineValue<LetterTypes>({
      name: 'letter',
      revision: '1',
      mutations: {
        write: (_, { text, author }) => ok({ text, author }),
        burn: (value) => ok(value),
      },
    })

    expectTypeOf(letter).toEqualTypeOf<Definition<LetterTypes>>()
  })
})
