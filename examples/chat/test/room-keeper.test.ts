import type { Update } from '@livestore-kv/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FakeClock } from '@livestore-kv/core/testing'
import { directory, DIRECTORY_KEY, room, topic } from '../src/definitions.ts'
import type { RoomTypes } from '../src/definitions.ts'
import { RoomKeeper } from '../src/server/room-keeper.ts'
import { ada, stampOf } from './people.ts'

const idleMs = 600_000
const sweepMs = 1_000

function createKeeper() {
  const clock = new FakeClock()
  const errors: unknown[] = []
  const keeper = new RoomKeeper({ idleMs, sweepMs, maxRooms: 3, clock, onError: (e) => errors.push(e) })
  onTestFinished(() => keeper.close())
  const directories = keeper.storages.store(directory)
  return {
    clock,
    errors,
    keeper,
    directories,
    rooms: keeper.storages.store(room),
    topics: keeper.storages.store(topic),
    names: () => directories.fetch(DIRECTORY_KEY)?.value.listings.map(({ name }) => name),
    /** Opens a room and answers its key. */
    open: async (name: string) => {
      const stamp = stampOf(ada)
      await directories.mutate(DIRECTORY_KEY, { type: 'open', name, stamp })
      return stamp.id
    },
  }
}

describe('RoomKeeper', () => {
  it('has room and topic ready when the directory answers that a room is open', async () => {
    const { keeper, open, rooms, topics } = createKeeper()

    const key = await open('Tea')

    expect(rooms.fetch(key)?.value).toEqual({ messages: [], dropped: 0 })
    expect(topics.fetch(key)?.value).toEqual({ text: '', moderator: ada })
    expect(keeper.isModerator(key, ada.id)).toBe(true)
    expect(keeper.isModerator(key, 'somebody')).toBe(false)
  })

  it('frees name and topic of a room that expired, and tells whoever is in it', async () => {
    const { clock, errors, names, open, rooms } = createKeeper()
    const key = await open('Tea')
    const updates: Update<RoomTypes>[] = []
    rooms.watch(key)?.onUpdate((update) => updates.push(update))

    clock.advance(idleMs + 2 * sweepMs)

    expect(updates).toMatchObject([{ type: 'remove', reason: 'expired' }])
    expect(names()).toEqual([])
    expect(rooms.has(await open('tea'))).toBe(true)
    expect(errors).toEqual([])
  })

  it.each<[string, (setup: ReturnType<typeof createKeeper>, key: string) => unknown]>([
    ['a post', ({ rooms }, key) => rooms.mutate(key, { type: 'post', text: 'hi', stamp: stampOf(ada) })],
    ['somebody who asks for it', ({ rooms }, key) => rooms.broadcast(key, { type: 'stay' })],
    ['a held topic', ({ topics }, key) => topics.tryAcquire(key)],
    [
      'a new name',
      ({ directories }, key) =>
        directories.mutate(DIRECTORY_KEY, { type: 'rename', room: key, name: 'Coffee', stamp: stampOf(ada) }),
    ],
    [
      'a new topic',
      ({ topics }, key) => topics.mutate(key, { type: 'set', text: 'hi', stamp: stampOf(ada) }),
    ],
  ])('puts the end of a room off for %s, and tells when it is now', async (_what, act) => {
    const setup = createKeeper()
    const { clock, open, rooms } = setup
    const key = await open('Tea')
    const deadlines: unknown[] = []
    rooms.watch(key)?.onUpdate((update) => {
      if (update.type === 'deadline') deadlines.push(update.expiresAt)
    })

    clock.advance(idleMs / 2)
    await act(setup, key)
    const expiresAt = clock.now() + idleMs
    clock.advance(idleMs - 1)

    expect(deadlines).toEqual([expiresAt])
    expect(rooms.has(key)).toBe(true)
  })

  it('does not let somebody who only types keep a room', async () => {
    const { clock, open, rooms } = createKeeper()
    const key = await open('Tea')

    clock.advance(idleMs / 2)
    rooms.broadcast(key, { type: 'typing', by: ada })
    clock.advance(idleMs / 2 + 2 * sweepMs)

    expect(rooms.has(key)).toBe(false)
  })

  it('keeps the topic while somebody holds it, and no longer', async () => {
    const { clock, open, rooms, topics } = createKeeper()
    const key = await open('Tea')
    const guard = topics.tryAcquire(key)

    clock.advance(idleMs + 2 * sweepMs)
    const whileHeld = [rooms.has(key), topics.has(key)]
    guard?.release()
    clock.advance(2 * sweepMs)

    expect(whileHeld).toEqual([false, true])
    expect(topics.has(key)).toBe(false)
  })
})
