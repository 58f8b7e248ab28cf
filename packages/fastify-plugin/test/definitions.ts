import { defineValue, ok, refuse } from '@livestore-kv/core'
import * as v from 'valibot'

export interface NoteTypes {
  name: 'note'
  value: { text: string; author: string }
  mutation: { type: 'write'; text: string; author: string } | { type: 'explode' }
  message: { type: 'typing'; who: string }
  error: 'empty' | { tooLong: number }
}

export const note = defineValue<NoteTypes>({
  name: 'note',
  revision: '1',
  mutations: {
    write: (value, { text, author }) => {
      if (text === '') return refuse('empty')
      if (text.length > 100_000) return refuse({ tooLong: text.length })
      return ok({ ...value, text, author })
    },
    explode: () => {
      throw new Error('a secret of the server')
    },
  },
  schema: {
    value: v.strictObject({ text: v.string(), author: v.optional(v.string(), '') }),
    mutation: v.variant('type', [
      v.strictObject({ type: v.literal('write'), text: v.string(), author: v.optional(v.string(), '') }),
      v.strictObject({ type: v.literal('explode') }),
    ]),
    message: v.strictObject({ type: v.literal('typing'), who: v.optional(v.string(), '') }),
  },
})

/** Without a schema: the network may read it and nothing else. */
export interface SealedTypes {
  name: 'sealed'
  value: number
  mutation: { type: 'add' }
  message: { type: 'ring' }
  error: never
}

export const sealed = defineValue<SealedTypes>({
  name: 'sealed',
  revision: '7',
  mutations: { add: (value) => ok(value + 1) },
})
