import { createStore } from '@livestore-kv/actors'
import { describe, expect, it } from 'vitest'
import { LIMITS, PACE, room, SLOW_MS } from '../src/definitions.ts'
import type { RoomTypes } from '../src/definitions.ts'
import { ada, ben, stampOf } from './people.ts'

const empty: RoomTypes['value'] = { messages: [], dropped: 0, slowMs: 0, posts: [] }

describe('room', () => {
  it('keeps what was posted with the id, author and time of the stamp', async () => {
    await using rooms = createStore(room)
    const key = rooms.init(empty)
    const stamp = stampOf(ada)

    await rooms.mutate(key, { type: 'post', text: ' hello ', stamp })

    const message = { id: stamp.id, author: ada, text: 'hello', postedAt: stamp.at }
    expect(rooms.fetch(key)?.value).toMatchObject({ messages: [message], dropped: 0 })
  })

  it('refuses texts that are empty or too long', async () => {
    await using rooms = createStore(room)
    const key = rooms.init(empty)
    const post = (text: string) => rooms.mutate(key, { type: 'post', text, stamp: stampOf(ada) })

    expect(await post(' \u{200b}\n ')).toEqual({ ok: false, error: 'empty' })
    expect(await post('🍵'.repeat(LIMITS.text + 1))).toEqual({ ok: false, error: 'too-long' })
    expect(await post('🍵'.repeat(LIMITS.text))).toMatchObject({ ok: true })
    expect(rooms.fetch(key)?.version).toBe(2)
  })

  it('counts in slow mode what was deleted, too', async () => {
    await using rooms = createStore(room)
    const key = rooms.init({ ...empty, slowMs: SLOW_MS })
    const stamp = stampOf(ada)
    await rooms.mutate(key, { type: 'post', text: 'hi', stamp })
    await rooms.mutate(key, { type: 'delete', id: stamp.id, stamp })

    const again = await rooms.mutate(key, { type: 'post', text: 'hi', stamp: stampOf(ada, stamp.at + 1) })

    expect(again).toEqual({ ok: false, error: 'slow-mode' })
  })

  it('refuses what one person posts too fast, and nobody else', async () => {
    await using rooms = createStore(room)
    const key = rooms.init(empty)
    const post = (by = ada, at = 0) => rooms.mutate(key, { type: 'post', text: 'hi', stamp: stampOf(by, at) })
    for (let i = 0; i < PACE.messages; i++) expect(await post()).toMatchObject({ ok: true })

    expect(await post(ada, PACE.withinMs - 1)).toEqual({ ok: false, error: 'too-fast' })
    expect(await post(ben, PACE.withinMs - 1)).toMatchObject({ ok: true })
    expect(await post(ada, PACE.withinMs)).toMatchObject({ ok: true })
  })

  it('lets authors edit and delete their own messages, and nobody else', async () => {
    await using rooms = createStore(room)
    const key = rooms.init(empty)
    const { id } = await posted()
    async function posted() {
      const stamp = stampOf(ada)
      await rooms.mutate(key, { type: 'post', text: 'mine', stamp })
      return stamp
    }

    const theft = await rooms.mutate(key, { type: 'edit', id, text: 'ours', stamp: stampOf(ben) })
    const loss = await rooms.mutate(key, { type: 'delete', id, stamp: stampOf(ben) })
    await rooms.mutate(key, { type: 'edit', id, text: 'still mine', stamp: stampOf(ada, 1_800_000_000_000) })
    const edited = rooms.fetch(key)?.value.messages
    await rooms.mutate(key, { type: 'delete', id, stamp: stampOf(ada) })
    const gone = await rooms.mutate(key, { type: 'edit', id, text: 'late', stamp: stampOf(ada) })

    expect([theft, loss]).toEqual(Array(2).fill({ ok: false, error: 'not-yours' }))
    expect(edited).toMatchObject([{ id, author: ada, text: 'still mine', editedAt: 1_800_000_000_000 }])
    expect(rooms.fetch(key)?.value.messages).toEqual([])
    expect(gone).toEqual({ ok: false, error: 'no-such-message' })
  })

  it('drops the oldest messages past its bound, and counts them', async () => {
    await using rooms = createStore(room)
    const key = rooms.init(empty)

    for (let i = 0; i < LIMITS.messages + 3; i++) {
      // At their ease.
      const stamp = stampOf(ada, i * PACE.withinMs)
      await rooms.mutate(key, { type: 'post', text: `message ${i}`, stamp })
    }

    const value = rooms.fetch(key)?.value
    expect(value?.messages).toHaveLength(LIMITS.messages)
    expect(value?.messages[0]?.text).toBe('message 3')
    expect(value?.dropped).toBe(3)
  })

  it('takes no stamp from the network', async () => {
    const sent = { type: 'post', text: 'hi', stamp: stampOf(ben) }

    const accepted = await room.schema.mutation?.['~standard'].validate(sent)

    expect(accepted && 'value' in accepted && accepted.value).toEqual({ type: 'post', text: 'hi' })
  })
})
