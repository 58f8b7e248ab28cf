import { defineValue, ok } from '@livestore-kv/core'

export interface NewsTypes {
  name: 'news'
  value: { text: string }
  mutation: { type: 'tell'; text: string }
  message: never
  error: never
}

/** What the connections of a Livestore server watch. */
export const news = defineValue<NewsTypes>({
  name: 'news',
  revision: '1',
  mutations: { tell: (_value, { text }) => ok({ text }) },
})
