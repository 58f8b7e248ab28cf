import { createStore } from '@livestore-kv/actors'
import { describe, expect, it } from 'vitest'
import { LIMITS, topic } from '../src/definitions.ts'
import { ada, ben, stampOf } from './people.ts'

describe('topic', () => {
  it('is set by the moderator and nobody else, may be empty, and has a longest length', async () => {
    await using topics = createStore(topic)
    const key = topics.init({ text: '', moderator: ada.id })
    const set = (text: string, by = ada) => topics.mutate(key, { type: 'set', text, stamp: stampOf(by) })

    expect(await set('Which tea?', ben)).toEqual({ ok: false, error: 'not-moderator' })
    expect(await set('x'.repeat(LIMITS.topic + 1))).toEqual({ ok: false, error: 'too-long' })
    expect(await set(' Which\ntea? ')).toMatchObject({ ok: true, value: { value: { text: 'Which tea?' } } })
    expect(await set('')).toMatchObject({ ok: true, value: { value: { text: '' } } })
  })
})
