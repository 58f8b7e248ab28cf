import { createStorages, createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { defineValue, ok } from '@livestore-kv/core'
import type { LiveStore } from '@livestore-kv/core'
import Fastify from 'fastify'
import { describe, expectTypeOf, it } from 'vitest'
import { setup } from 'xstate'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import type { AnyLivestoreOptions, LivestoreOptions } from '@livestore-kv/fastify-plugin'
import { note, sealed } from './definitions.ts'
import type { NoteTypes, SealedTypes } from './definitions.ts'
import { here } from './presence.ts'
import { table } from './table.ts'

const storages = createStorages(createStore(note), createStore(sealed))

interface LetterTypes {
  name: 'letter'
  value: { author: string }
  mutation: { type: 'write'; author: string }
  message: { type: 'reading'; by: string }
  error: never
  stamped: 'author' | 'by'
}

const letter = defineValue<LetterTypes>({
  name: 'letter',
  revision: '1',
  mutations: { write: (_, { author }) => ok({ author }) },
})

const match = fromMachine(
  setup({
    types: { input: {} as { title: string }, context: {} as { title: string; goals: number } },
  }).createMachine({ context: ({ input }) => ({ ...input, goals: 0 }) }),
  { name: 'match', revision: '1' },
)

describe('livestoreOptions', () => {
  it('types what authorize is given by the stores and by what authenticate answers', () => {
    livestoreOptions({
      stores: storages,
      authenticate: ({ token }) => ({ user: { name: token ?? '', admin: false }, userId: 'a' }),
      authorize: (input) => {
        expectTypeOf(input.user).toEqualTypeOf<{ name: string; admin: boolean }>()
        expectTypeOf(input.store).toEqualTypeOf<'note' | 'sealed'>()
        if (input.store === 'note' && input.action === 'mutate') {
          expectTypeOf(input.mutation.type).toEqualTypeOf<'write' | 'explode'>()
          expectTypeOf(input.key).toEqualTypeOf<string>()
        }
        if (input.store === 'note' && input.action === 'init') {
          expectTypeOf(input.value.text).toEqualTypeOf<string>()
        }
        // @ts-expect-error only a mutate has a mutation
        return input.mutation !== undefined
      },
    })
  })

  it('types what a hosted entry is made of by its input, which is all that clients send', () => {
    livestoreOptions({
      stores: createStorages(createStore(note), createStore(match)),
      authenticate: () => ({ user: 1, userId: 'a' }),
      authorize: (input) => {
        if (input.store !== 'match') {
          if (input.action === 'init' || input.action === 'assign' || input.action === 'insert') {
            expectTypeOf(input.value).toEqualTypeOf<{ readonly text: string; readonly author: string }>()
          }
          return true
        }
        if (input.action === 'init') expectTypeOf(input.value).toEqualTypeOf<{ title: string }>()
        if (input.action === 'create') expectTypeOf(input.value).toEqualTypeOf<{ title: string }>()
        if (input.action === 'insert') expectTypeOf(input.value).toEqualTypeOf<{ title: string }>()
        if (input.action === 'assign') expectTypeOf(input.value).toBeNever()
        // @ts-expect-error there is no context yet
        return input.action === 'init' && input.value.context.title !== ''
      },
      prepare: {
        match: {
          value: ({ value }) => {
            expectTypeOf(value).toEqualTypeOf<{ title: string }>()
            return { title: value.title.trim() }
          },
        },
      },
    })
    livestoreOptions({
      stores: [createStore(match)],
      authenticate: () => ({ user: 1, userId: 'a' }),
      authorize: () => true,
      // @ts-expect-error it is made of its input, not of what watchers see
      prepare: { match: { value: () => ({ state: {}, context: { title: '', goals: 0 } }) } },
    })
  })

  it('types what places are asked about, and who their members are', () => {
    livestoreOptions({
      stores: createStorages(createStore(note), createStore(here)),
      authenticate: () => ({ user: { name: 'ada' }, userId: 'a' }),
      authorize: (input) => {
        if (input.store === 'here' && input.action === 'enter') {
          expectTypeOf(input.state.typing).toEqualTypeOf<boolean>()
          expectTypeOf(input.key).toEqualTypeOf<string>()
        }
        // @ts-expect-error nobody asks to mutate a place
        return !(input.store === 'here' && input.action === 'mutate')
      },
      prepare: {
        here: {
          who: ({ user, state }) => {
            expectTypeOf(state.typing).toEqualTypeOf<boolean>()
            return { name: user.name }
          },
        },
      },
    })
    livestoreOptions({
      stores: [createStore(here)],
      authenticate: () => ({ user: 1, userId: 'a' }),
      authorize: () => true,
      // @ts-expect-error a member has a name
      prepare: { here: { who: () => ({}) } },
    })
  })

  it('types the stamps of each store by its name', () => {
    livestoreOptions({
      stores: storages,
      authenticate: () => ({ user: { name: 'ada' }, userId: 'a' }),
      authorize: () => true,
      prepare: {
        note: {
          mutation: ({ mutation, user }) =>
            mutation.type === 'write' ? { ...mutation, author: user.name } : mutation,
          message: ({ message, userId }) => ({ ...message, who: userId }),
        },
        sealed: {
          value: ({ value, user }) => {
            expectTypeOf(value).toEqualTypeOf<number>()
            expectTypeOf(user).toEqualTypeOf<{ name: string }>()
            return value + 1
          },
        },
      },
    })
    livestoreOptions({
      stores: [createStore(letter)],
      authenticate: () => ({ user: { name: 'ada' }, userId: 'a' }),
      authorize: (input) => {
        // @ts-expect-error what the server stamps, nobody has sent
        return input.action === 'mutate' && input.mutation.author === 'ada'
      },
      prepare: {
        letter: {
          mutation: ({ mutation, user }) => {
            expectTypeOf(mutation).toEqualTypeOf<
              Omit<{ readonly type: 'write'; readonly author: string }, 'author'>
            >()
            return { ...mutation, author: user.name }
          },
          // @ts-expect-error who reads is missing
          message: ({ message }) => message,
        },
      },
    })
    livestoreOptions({
      stores: storages,
      authenticate: () => ({ user: 1, userId: 'a' }),
      authorize: () => true,
      // @ts-expect-error no store of that name is served
      prepare: { nope: {} },
    })
  })

  it('asks for the stamps that handlers and members cannot do without', () => {
    const rest = { authenticate: () => ({ user: 1, userId: 'a' }), authorize: () => true }
    const letters = createStore(letter)
    const write = { mutation: () => ({ type: 'write', author: 'ada' }) as const }

    // @ts-expect-error prepare is missing
    livestoreOptions({ stores: [letters], ...rest })
    // @ts-expect-error prepare.letter is missing
    livestoreOptions({ stores: createStorages(letters, createStore(note)), ...rest, prepare: {} })
    // @ts-expect-error prepare.letter.message is missing
    livestoreOptions({ stores: [letters], ...rest, prepare: { letter: write } })
    // @ts-expect-error prepare.here is missing
    livestoreOptions({ stores: [createStore(here)], ...rest })
    expectTypeOf(livestoreOptions({ stores: storages, ...rest })).toEqualTypeOf<AnyLivestoreOptions>()
  })

  it('asks for the views that clients may ask for', () => {
    const rest = { authenticate: () => ({ user: 1, userId: 'a' }), authorize: () => true }
    const tables = createStore(table)
    const hand = { select: () => ({ cards: [], total: 0 }) }
    const round = { select: () => 1 }

    // @ts-expect-error views is missing
    livestoreOptions({ stores: [tables], ...rest })
    // @ts-expect-error views.table is missing
    livestoreOptions({ stores: createStorages(tables, createStore(note)), ...rest, views: {} })
    // @ts-expect-error views.table.round is missing
    livestoreOptions({ stores: [tables], ...rest, views: { table: { hand } } })
    expectTypeOf(
      livestoreOptions({ stores: [tables], ...rest, views: { table: { hand, round } } }),
    ).toEqualTypeOf<AnyLivestoreOptions>()
  })

  it('is what register takes, so that nothing goes past it', () => {
    const app = Fastify()
    const bare = { stores: [createStore(letter)], authenticate: () => undefined, authorize: () => true }

    const checked = livestoreOptions({
      stores: storages,
      authenticate: () => undefined,
      authorize: () => true,
    })

    // @ts-expect-error options that did not go through livestoreOptions
    void app.register(livestore, bare)
    expectTypeOf(app.register(livestore, { ...checked, prefix: '/api' })).toExtend<PromiseLike<unknown>>()
  })

  it('asks for what must not be forgotten', () => {
    type Options = LivestoreOptions<Store<NoteTypes>, string>
    expectTypeOf<Pick<Options, 'stores' | 'authenticate' | 'authorize'>>().toExtend<
      Required<Pick<Options, 'stores' | 'authenticate' | 'authorize'>>
    >()
    // @ts-expect-error authorize is missing
    livestoreOptions({ stores: storages, authenticate: () => ({ user: 1, userId: 'a' }) })
  })
})

describe('app.livestore', () => {
  it('gives the store of a definition as the store of its kind', async () => {
    const app = Fastify()
    await app.register(
      livestore,
      livestoreOptions({ stores: storages, authenticate: () => undefined, authorize: () => true }),
    )

    expectTypeOf(app.livestore.store(note)).toEqualTypeOf<LiveStore<NoteTypes>>()
    expectTypeOf(app.livestore.store(sealed)).toEqualTypeOf<LiveStore<SealedTypes>>()
    expectTypeOf(storages.get('note')).toEqualTypeOf<Store<NoteTypes>>()
  })
})
