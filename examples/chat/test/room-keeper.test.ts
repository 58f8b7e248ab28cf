import type { Update } from '@livestore-kv/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FakeClock } from '@livestore-kv/core/testing'
import { CLOSING_MS, directory, DIRECTORY_KEY, room, SLOW_MS, topic } from '../src/definitions.ts'
import type { Person, RoomTypes } from '../src/definitions.ts'
import { RoomKeeper } from '../src/server/room-keeper.ts'
import { roomLife } from '../src/server/room-life.ts'
import { ada, ben, stampOf } from './people.ts'

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
    lives: keeper.storages.store(roomLife),
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

    expect(rooms.fetch(key)?.value).toEqual({ messages: [], dropped: 0, slowMs: 0, posts: [] })
    expect(topics.fetch(key)?.value).toEqual({ text: '', moderator: ada.id })
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
    ['a change of its life', ({ lives }, key) => lives.mutate(key, { type: 'slowDown' })],
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

  it('slows a room down and lets it go on, and says at each moment what can be done next', async () => {
    const { open, rooms, lives } = createKeeper()
    const key = await open('Tea')
    const at = 1_700_000_000_000
    const post = async (by: Person, laterMs: number) => {
      const result = await rooms.mutate(key, { type: 'post', text: 'hi', stamp: stampOf(by, at + laterMs) })
      return result?.ok ? 'posted' : result?.error
    }
    const before = lives.fetch(key)?.value

    await lives.mutate(key, { type: 'slowDown' })
    const slow = lives.fetch(key)?.value
    const posted = [
      await post(ada, 0),
      await post(ada, SLOW_MS - 1),
      await post(ben, SLOW_MS - 1),
      await post(ada, SLOW_MS),
    ]
    const refused = await lives.mutate(key, { type: 'slowDown' })
    await lives.mutate(key, { type: 'speedUp' })

    expect(before).toEqual({ state: 'open', can: ['slowDown', 'close'] })
    expect(slow).toEqual({ state: 'slow', can: ['speedUp', 'close'] })
    expect(posted).toEqual(['posted', 'slow-mode', 'posted', 'posted'])
    expect(refused).toEqual({ ok: false, error: 'not-accepted' })
    expect(await post(ada, SLOW_MS + 1)).toBe('posted')
  })

  it('closes a room when its countdown is over: it says goodbye, and nothing of it is left', async () => {
    const { clock, errors, names, open, rooms, lives, topics } = createKeeper()
    const key = await open('Tea')
    const updates: Update<RoomTypes>[] = []
    rooms.watch(key)?.onUpdate((update) => updates.push(update))

    await lives.mutate(key, { type: 'close' })
    clock.advance(CLOSING_MS - 1)
    const shortBefore = rooms.has(key)
    clock.advance(1)

    expect(shortBefore).toBe(true)
    const goodbye = { type: 'goodbye', closedBy: ada }
    await vi.waitFor(() =>
      expect(updates.at(-1)).toMatchObject({ type: 'remove', reason: 'removed', message: goodbye }),
    )
    await vi.waitFor(() => expect(names()).toEqual([]))
    clock.advance(idleMs + 2 * sweepMs)
    expect([rooms.has(key), lives.has(key), topics.has(key)]).toEqual([false, false, false])
    expect(errors).toEqual([])
  })

  it('calls moderators by the name that they go by now, to the last goodbye', async () => {
    const { clock, directories, keeper, open, rooms } = createKeeper()
    const key = await open('Tea')
    await open('Coffee')
    const updates: Update<RoomTypes>[] = []
    rooms.watch(key)?.onUpdate((update) => updates.push(update))
    const lady = { ...ada, name: 'Lady Ada' }

    keeper.introduce(lady)
    keeper.introduce(ben)
    const moderators = directories.fetch(DIRECTORY_KEY)?.value.listings.map(({ moderator }) => moderator)
    const { version } = directories.fetch(DIRECTORY_KEY) ?? {}
    keeper.introduce(lady)
    await keeper.storages.store(roomLife).mutate(key, { type: 'close' })
    clock.advance(CLOSING_MS)

    expect(moderators).toEqual([lady, lady])
    await vi.waitFor(() =>
      expect(updates.at(-1)).toMatchObject({ message: { type: 'goodbye', closedBy: lady } }),
    )
    // The one that follows frees the name: nobody was introduced twice.
    await vi.waitFor(() => expect(directories.fetch(DIRECTORY_KEY)?.version).toBe((version ?? 0) + 1))
  })

  it('keeps a room that shall not close after all, as slow as it was', async () => {
    const { clock, open, rooms, lives } = createKeeper()
    const key = await open('Tea')
    await lives.mutate(key, { type: 'slowDown' })

    await lives.mutate(key, { type: 'close' })
    const closing = lives.fetch(key)?.value
    const meanwhile = rooms.fetch(key)?.value.slowMs
    await lives.mutate(key, { type: 'keep' })
    clock.advance(2 * CLOSING_MS)

    expect(closing).toEqual({ state: 'closing', can: ['keep'] })
    expect(meanwhile).toBe(SLOW_MS)
    expect(lives.fetch(key)?.value.state).toBe('slow')
    expect(rooms.fetch(key)?.value.slowMs).toBe(SLOW_MS)
  })

  it('ends the life of a room that expired', async () => {
    const { clock, errors, open, rooms, lives } = createKeeper()
    const key = await open('Tea')

    clock.advance(idleMs + 2 * sweepMs)

    expect(rooms.has(key)).toBe(false)
    expect(lives.count()).toBe(0)
    expect(errors).toEqual([])
  })

  it('does not let somebody who only types keep a room', async () => {
    const { clock, open, rooms } = createKeeper()
    const key = await open('Tea')

    clock.advance(idleMs / 2)
    rooms.broadcast(key, { type: 'typing', by: ada, at: clock.now() })
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
