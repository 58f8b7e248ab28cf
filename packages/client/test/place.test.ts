import { createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { createClient, openPlace } from '@livestore-kv/client'
import type { Place } from '@livestore-kv/client'
import { describe, expect, it } from 'vitest'
import { here, stamps } from '../../fastify-plugin/test/presence.ts'
import type { HereStore, HereTypes } from '../../fastify-plugin/test/presence.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

class PlacesNetwork extends MemoryNetwork {
  readonly heres: HereStore

  constructor(options: ConstructorParameters<typeof MemoryNetwork>[0] = {}) {
    const heres = createStore(here)
    super({ stores: [heres], prepare: stamps, ...options })
    this.heres = heres
  }
}

const state = { typing: false }
const names = (place: Place<HereTypes>): string[] => place.members.map(({ who }) => who.name)

async function openedPlace(network: MemoryNetwork, token: string, key: string) {
  const client = network.client({ token })
  const place = openPlace(client, here, key)
  await settle()
  return { client, place }
}

describe('a place', () => {
  it('shows who is here, this client marked, as they come, change and go', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place: ada } = await openedPlace(network, 'ada', key)
    const { place: bob } = await openedPlace(network, 'bob', key)
    const counts: number[] = []
    ada.onChange(({ members }) => counts.push(members.length))

    await ada.enter(state)
    await bob.enter({ typing: true })
    await settle()
    const [first] = ada.members
    await bob.enter({ typing: false })
    await settle()

    expect(names(ada)).toEqual(['ADA', 'BOB'])
    expect(ada.members.map(({ isSelf }) => isSelf)).toEqual([true, false])
    expect(ada.self).toMatchObject({ userId: 'ada', state })
    expect(ada.members[0]).toBe(first)
    expect(ada.getSnapshot()).toBe(ada.getSnapshot())
    await bob.leave()
    await settle()
    expect(names(ada)).toEqual(['ADA'])
    expect(counts).toEqual([1, 2, 2, 1])
  })

  it('is told by what changes where the server runs the same definition, and by the list otherwise', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const older = { ...here, revision: '0' }
    const { client, place } = await openedPlace(network, 'ada', key)
    const outdated = openPlace(client, older, key)
    await settle()

    await place.enter(state)
    await settle()

    expect(network.requests('watch').map(({ as }) => as)).toEqual(['mutation', 'value'])
    expect(names(outdated)).toEqual(['ADA'])
  })

  it('is not taken for a mirror of its members, however early both are opened', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { WebSocket, clock } = network
    const client = createClient({ url: 'ws://memory', token: 'ada', definitions: [here], WebSocket, clock })
    const place = openPlace(client, here, key)
    const mirror = client.store(here).watch(key)
    const told: string[] = []
    mirror.onUpdate(({ type }) => told.push(type))
    await settle()

    await place.enter(state)
    await settle()

    expect([place.status, mirror.status]).toEqual(['live', 'live'])
    expect(told).toEqual(['snapshot', 'mutate'])
    expect(network.requests('watch').map(({ as }) => as)).toEqual(['mutation', undefined])
    client.close()
  })

  it('may be watched without being entered, and entered without being watched', async () => {
    const network = new PlacesNetwork({
      authorize: ({ user, action }) => (user === 'ada' ? action !== 'watch' : action !== 'enter'),
    })
    const key = createKey()
    const { place: ada } = await openedPlace(network, 'ada', key)
    const { place: bob } = await openedPlace(network, 'bob', key)

    await ada.enter(state)
    await settle()

    await expect(bob.enter(state)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(ada).toMatchObject({ status: 'failed', error: { code: 'FORBIDDEN' }, members: [] })
    expect(bob).toMatchObject({ status: 'live', error: { code: 'FORBIDDEN' }, self: undefined })
    expect(names(bob)).toEqual(['ADA'])
    network.isDown = true
    network.cut()
    await settle()
    network.clock.advance(8_000)
    await settle()
    expect(network.heres.fetch(key)?.value ?? []).toEqual([])
    network.isDown = false
    await network.reconnect()
    expect(names(bob)).toEqual(['ADA'])
  })

  it('is not left over a short cut: nobody sees anything', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)
    await place.enter(state)
    const version = network.heres.fetch(key)?.version

    network.cut()
    expect(place.status).toBe('stale')
    await network.reconnect()

    expect(place.status).toBe('live')
    expect(names(place)).toEqual(['ADA'])
    expect(network.heres.fetch(key)?.version).toBe(version)
    expect(network.requests('enter')).toHaveLength(1)
  })

  it.each([
    ['in the same session', 120_000],
    ['in a new session', 9_000],
  ])('is entered again after a long cut, %s, with the newest state', async (_, graceMs) => {
    const network = new PlacesNetwork({ graceMs })
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)
    await place.enter(state)

    network.isDown = true
    network.cut()
    const asked = place.enter({ typing: true })
    await settle()
    network.clock.advance(9_000)
    await settle()
    expect(network.heres.fetch(key)?.value ?? []).toEqual([])
    network.isDown = false
    await network.reconnect()
    await asked

    expect(place.self?.state).toEqual({ typing: true })
    expect(network.heres.fetch(key)?.value).toMatchObject([{ userId: 'ada', state: { typing: true } }])
  })

  it('is entered again after a long cut, though nobody asks', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)
    await place.enter(state)

    network.isDown = true
    network.cut()
    await settle()
    network.clock.advance(8_000)
    network.isDown = false
    await network.reconnect()

    expect(names(place)).toEqual(['ADA'])
    expect(network.requests('enter')).toHaveLength(2)
  })

  it('is entered again after a cut that outlasted every wait', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)

    network.isDown = true
    network.cut()
    const asked = place.enter(state).catch((error: unknown) => error)
    await network.reconnect()
    await network.reconnect()
    expect(await asked).toMatchObject({ code: 'OFFLINE' })
    network.isDown = false
    await network.reconnect()

    expect(names(place)).toEqual(['ADA'])
    expect(place.error).toBeUndefined()
  })

  it('is entered again by whoever the application took out of it', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)
    await place.enter(state)

    await network.heres.mutate(key, { type: 'leave', id: place.self?.id ?? '' })
    await settle()

    expect(names(place)).toEqual(['ADA'])
  })

  it('is left, and not entered again, where that is not allowed any more', async () => {
    let allowed = true
    const network = new PlacesNetwork({ authorize: ({ action }) => action !== 'enter' || allowed })
    const key = createKey()
    const { client, place } = await openedPlace(network, 'ada', key)
    await place.enter(state)

    allowed = false
    await client.refresh()
    await settle()

    expect(place).toMatchObject({ status: 'live', members: [], error: { code: 'FORBIDDEN' } })
    expect(network.requests('enter')).toHaveLength(2)
    allowed = true
    await place.enter(state)
    expect(place).toMatchObject({ self: { userId: 'ada' }, error: undefined })
  })

  it('goes on with the state before one that was refused', async () => {
    const network = new PlacesNetwork()
    const { place } = await openedPlace(network, 'ada', createKey())
    await place.enter(state)

    await expect(place.enter({ typing: true, note: 'x'.repeat(200) })).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
    })

    expect(place.self?.state).toEqual(state)
    expect(place.error?.code).toBe('INVALID_PAYLOAD')
  })

  it('sends the newest of states that follow each other fast, and none of those in between', async () => {
    const network = new PlacesNetwork()
    const { place } = await openedPlace(network, 'ada', createKey())

    const asked = ['a', 'b', 'c', 'd'].map((note) => place.enter({ typing: true, note }))
    await Promise.all(asked)
    await settle()

    expect(network.requests('enter').map((frame) => frame['state'])).toEqual([
      { typing: true, note: 'a' },
      { typing: true, note: 'd' },
    ])
    expect(place.self?.state.note).toBe('d')
  })

  it('starts again from a snapshot where it cannot be replayed, and goes on', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)
    await place.enter(state)
    const { epoch = 0, version = 0 } = network.heres.fetch(key) ?? {}
    const update = { type: 'mutation', key, epoch, version: version + 1, changedAt: 0 } as const

    network.inject({
      type: 'update',
      topic: 1,
      seq: 90,
      update: { ...update, mutation: { type: 'leave', id: 'x' } },
    })
    await settle()

    expect(names(place)).toEqual(['ADA'])
    expect(network.requests('watch')).toHaveLength(2)
  })

  it('is watched again when it was tidied away, and when it was revoked', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place } = await openedPlace(network, 'ada', key)
    await place.enter(state)

    await network.heres.remove(key)
    await settle()
    expect(names(place)).toEqual(['ADA'])
    network.server.endpoint.revoke({ store: 'here', key })
    await settle()

    expect(names(place)).toEqual(['ADA'])
    expect(place.status).toBe('live')
  })

  it('tells once that it is closed', async () => {
    const network = new PlacesNetwork()
    const { place } = await openedPlace(network, 'ada', createKey())
    const told: string[] = []
    place.onChange(({ status }) => told.push(status))

    place.close()
    place.close()

    expect(told).toEqual(['closed'])
  })

  it('is left when it is closed, and at once with its client', async () => {
    const network = new PlacesNetwork()
    const key = createKey()
    const { place: ada } = await openedPlace(network, 'ada', key)
    const { client, place: bob } = await openedPlace(network, 'bob', key)
    await ada.enter(state)
    await bob.enter(state)

    ada.close()
    await settle()
    expect(names(bob)).toEqual(['BOB'])
    client.close()
    await settle()

    expect(network.heres.count()).toBe(0)
    expect(bob.status).toBe('closed')
    await expect(bob.enter(state)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })
    await expect(ada.enter(state)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })
    expect(() => openPlace(client, here, key)).toThrow('closed')
    expect(network.server.endpoint.stats()).toMatchObject({ subscriptions: 0, topics: 0 })
  })
})
