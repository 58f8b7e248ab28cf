import { createStorages, createStore } from '@livestore-kv/actors'
import livestore, { defineValue, livestoreOptions, ok, refuse } from '@livestore-kv/fastify-plugin'
import Fastify from 'fastify'
import * as v from 'valibot'

interface NoteTypes {
  name: 'note'
  value: { text: string; author: string }
  mutation: { type: 'write'; text: string; author: string }
  message: { type: 'typing' }
  error: 'too-long'
}

const text = v.string()
const author = v.optional(v.string(), '')
const note = defineValue<NoteTypes>({
  name: 'note',
  revision: '1',
  mutations: {
    write: (_, { text, author }) => (text.length > 500 ? refuse('too-long') : ok({ text, author })),
  },
  schema: {
    value: v.object({ text, author }),
    mutation: v.object({ type: v.literal('write'), text, author }),
    message: v.object({ type: v.literal('typing') }),
  },
})

const app = Fastify({ logger: true })
await app.register(
  livestore,
  livestoreOptions({
    stores: createStorages(createStore(note)),
    authenticate: ({ token }) => (token ? { user: { name: token }, userId: token } : undefined),
    authorize: ({ user, action }) => action !== 'remove' || user.name === 'admin',
    prepare: { note: { mutation: ({ mutation, userId }) => ({ ...mutation, author: userId }) } },
  }),
)
app.get('/notes/:key', ({ params }) => app.livestore.store(note).fetch((params as { key: string }).key))
await app.listen({ port: 3000 })
