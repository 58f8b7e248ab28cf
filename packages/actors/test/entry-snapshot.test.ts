import { inspect } from 'node:util'
import { createStore } from '@livestore-kv/actors'
import { foo } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

const FIELDS = ['key', 'epoch', 'value', 'version', 'createdAt', 'changedAt']

describe('an entry', () => {
  it('shows its fields and nothing of its store: listed, written, sent, copied or printed', async () => {
    await using store = createStore(foo, { freeze: false })
    const key = store.init({ bar: 1, baz: 2 })
    await store.mutate(key, { type: 'setBar', bar: 3 })
    const entry = store.fetch(key)
    expect(entry).toBeDefined()

    for (const seen of [entry, JSON.parse(JSON.stringify(entry)), structuredClone(entry), { ...entry }]) {
      expect(Reflect.ownKeys(seen as object)).toEqual(FIELDS)
      expect(seen).toEqual(entry)
    }
    expect(inspect(entry, { showHidden: true })).not.toMatch(/actor|shard/i)
  })
})
