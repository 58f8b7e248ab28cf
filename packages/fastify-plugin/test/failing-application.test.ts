import { createStore } from '@livestore-kv/actors'
import { defineValue, StoreError } from '@livestore-kv/core'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { memoryServer, settle } from './memory-server.ts'

interface FaultyTypes {
  name: 'faulty'
  value: number
  mutation: { type: 'fail' }
  message: never
  error: never
}

const faulty = defineValue<FaultyTypes>({
  name: 'faulty',
  revision: '1',
  mutations: {
    fail: () => {
      throw new StoreError('NOT_FOUND', 'a secret of the server')
    },
  },
  schema: { mutation: v.object({ type: v.literal('fail') }) },
})

describe('an application that fails', () => {
  it('in a handler is an internal error, though it be a StoreError; the log has the original', async () => {
    const store = createStore(faulty)
    const { connect, errors } = memoryServer({ stores: [store] })
    const key = store.init(1)
    const ada = await connect('ada')

    const answer = await ada.request('mutate', { store: 'faulty', key, mutation: { type: 'fail' } })

    expect(answer).toMatchObject({ type: 'error', code: 'INTERNAL', message: 'the server failed' })
    expect(errors).toMatchObject([{ cause: { code: 'NOT_FOUND', message: 'a secret of the server' } }])
  })

  it('in a handler does not hide what the store itself says', async () => {
    const store = createStore(faulty)
    const { connect } = memoryServer({ stores: [store] })
    const key = store.init(1)
    const ada = await connect('ada')

    const mutation = { type: 'fail' }
    const answer = await ada.request('mutate', { store: 'faulty', key, mutation, ifVersion: 7 })

    expect(answer).toMatchObject({ code: 'VERSION_CONFLICT' })
  })

  it('in its log harms nobody', async () => {
    const { connect, notes } = memoryServer({
      onError: () => {
        throw new Error('the disk is full')
      },
    })
    const key = notes.init({ text: 'hello', author: 'ada' })
    const ada = await connect('ada')
    const { topic } = await ada.ask('watch', { store: 'note', key })

    const failed = await ada.request('mutate', { store: 'note', key, mutation: { type: 'explode' } })
    await notes.assign(key, { text: 1n as never, author: '' })
    await notes.assign(key, { text: 'again', author: '' })
    await settle()

    expect(failed).toMatchObject({ code: 'INTERNAL' })
    expect(ada.updates(topic)).toMatchObject([{ type: 'lagged', entry: { version: 3 } }])
  })
})
