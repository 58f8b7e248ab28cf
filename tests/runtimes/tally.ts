import { defineValue, ok, refuse } from '@livestore-kv/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'

export interface TallyTypes {
  name: 'tally'
  value: number
  mutation: { type: 'add'; amount: number }
  message: never
  error: 'negative'
}

// The visitors of this test send what the types say.
const anything = <T>(): StandardSchemaV1<unknown, T> => ({
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as T }) },
})

/** What the server serves and every runtime predicts. */
export const tally = defineValue<TallyTypes>({
  name: 'tally',
  revision: '1',
  mutations: {
    add: (value, { amount }) => (value + amount < 0 ? refuse('negative') : ok(value + amount)),
  },
  schema: { value: anything(), mutation: anything() },
})
