import { describe, expect, it } from 'vitest'
import { memoryServer } from '../../fastify-plugin/test/memory-server.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const
const optimistic = { optimistic: true }

/** A connected client that watches a new entry. */
async function watching(errors: unknown[] = []) {
  const network = new MemoryNetwork()
  const { notes: store } = network.server
  const key = store.init(text('a'))
  const { client, notes } = await network.connect({ onError: (error) => errors.push(error) })
  const mirror = notes.watch(key)
  await settle()
  const shown: string[] = []
  mirror.onChange(({ entry }) => shown.push(`${entry?.version}:${entry?.value.text}`))
  return { network, store, key, client, notes, mirror, shown }
}

describe('optimistic mutation', () => {
  it('is shown at once, and stays when the server has carried it out', async () => {
    const { store, key, client, notes, mirror, shown } = await watching()

    const asked = notes.mutate(key, write('b'), optimistic)
    const predicted = mirror.state
    const result = await asked
    await settle()

    expect(predicted).toMatchObject({ predicted: true, entry: { version: 2, value: text('b') } })
    expect(result).toMatchObject({ ok: true, value: { version: 2 } })
    expect(mirror.state).toMatchObject({ predicted: false, entry: store.fetch(key) })
    // Never twice, although the update comes before the answer.
    expect(new Set(shown)).toEqual(new Set(['2:b']))
    client.close()
  })

  it('is shown as it is predicted to be, and sent as it was asked for', async () => {
    const { network, store, key, client, notes, mirror } = await watching()

    const asked = notes.mutate(key, write('b'), { optimistic: write('B') })
    const predicted = mirror.entry?.value
    await asked
    await settle()

    expect(predicted).toEqual(text('B'))
    expect(network.requests('mutate')).toMatchObject([{ mutation: write('b') }])
    expect(mirror.state).toMatchObject({ predicted: false, entry: { value: text('b') } })
    expect(mirror.entry).toEqual(store.fetch(key))
    client.close()
  })

  it('is rebased on what the server commits before it', async () => {
    const { network, store, key, client, notes, mirror } = await watching()
    const guard = await store.acquire(key)

    const asked = notes.mutate(key, { ...write('mine'), author: 'ada' }, optimistic)
    guard?.mutate(write('theirs'))
    await settle()
    network.clock.advance(50)
    const rebased = mirror.state
    guard?.release()
    await asked

    expect(rebased).toMatchObject({ predicted: true, entry: { version: 3, value: { text: 'mine' } } })
    expect(mirror.state).toMatchObject({ predicted: false, entry: store.fetch(key) })
    client.close()
  })

  it('is shown until the server tells of it, if that comes after the answer', async () => {
    const { network, key, client, notes, mirror } = await watching()
    const { epoch } = mirror.entry ?? {}
    network.isMute = true

    const asked = notes.mutate(key, write('b'), optimistic)
    const id = network.requests('mutate')[0]?.['id']
    network.inject({ type: 'answer', id, result: { epoch, version: 2, changedAt: 1 } })
    await asked
    const answered = mirror.state
    const update = { type: 'mutate', key, epoch, version: 2, value: text('b'), changedAt: 1 }
    network.inject({ type: 'update', topic: 1, seq: 50, update })

    expect(answered).toMatchObject({ predicted: true, entry: { version: 2, value: text('b') } })
    expect(mirror.state).toMatchObject({ predicted: false, entry: { version: 2, value: text('b') } })
    client.close()
  })

  it('is taken back when the server does not carry it out', async () => {
    const { store, key, client, notes, mirror, shown } = await watching()

    const conflict = await notes
      .mutate(key, write('b'), { optimistic: true, ifVersion: 7 })
      .catch((error: unknown) => error)

    expect(conflict).toMatchObject({ code: 'VERSION_CONFLICT' })
    expect(shown).toEqual(['2:b', '1:a'])
    expect(mirror.state).toMatchObject({ predicted: false, entry: store.fetch(key) })
    client.close()
  })

  it('is answered with the typed refusal, and shown no longer than until then', async () => {
    const { store, key, client, notes, mirror } = await watching()
    const guard = await store.acquire(key)

    const fine = notes.mutate(key, write('b'), optimistic)
    const refused = notes.mutate(key, write(''), optimistic)
    const shown = mirror.entry?.value.text
    guard?.release()

    expect(shown).toBe('b')
    expect(await fine).toMatchObject({ ok: true })
    expect(await refused).toEqual({ ok: false, error: 'empty' })
    expect(mirror.state).toMatchObject({ predicted: false, entry: store.fetch(key) })
    client.close()
  })

  it('is dropped, and nothing else with it, when the definition throws', async () => {
    const errors: unknown[] = []
    const { network, key, client, notes, mirror } = await watching(errors)

    const asked = notes.mutate(key, { type: 'explode' }, optimistic).catch((error: unknown) => error)
    const other = notes.mutate(key, write('b'), optimistic)
    const shown = mirror.entry?.value.text

    expect(shown).toBe('b')
    expect(await asked).toMatchObject({ code: 'INTERNAL' })
    expect(await other).toMatchObject({ ok: true })
    expect(errors).toMatchObject([{ message: 'a secret of the server' }])
    expect(network.sockets.size).toBe(1)
    client.close()
  })

  it('is shown while there is no connection, and sent when there is one', async () => {
    const { network, store, key, client, notes, mirror } = await watching()
    network.cut()

    const asked = notes.mutate(key, write('b'), optimistic)
    const offline = mirror.state
    await store.mutate(key, write('theirs'))
    await network.reconnect()

    expect(offline).toMatchObject({ status: 'stale', predicted: true, entry: { value: text('b') } })
    expect(await asked).toMatchObject({ ok: true, value: { version: 3 } })
    expect(mirror.state).toMatchObject({ status: 'live', predicted: false, entry: store.fetch(key) })
    client.close()
  })

  it('is not shown twice when its answer is lost and what it led to comes first', async () => {
    const { network, store, key, client, notes, mirror } = await watching()
    network.isMute = true
    const asked = notes.mutate(key, write('b'), optimistic)
    network.cut()
    network.isMute = false
    // As the server would have carried it out; whoever holds the entry delays the answer.
    const guard = await store.acquire(key)
    guard?.mutate(write('b'))

    network.clock.advance(500)
    await settle()
    network.clock.advance(100)
    const shown = mirror.entry
    network.clock.advance(1_000)
    const late = mirror.entry
    guard?.release()
    await asked

    expect(shown?.version).toBe(2)
    // It was not the one: what the server told is not kept back for ever.
    expect(late?.version).toBe(3)
    expect(mirror.state).toMatchObject({ predicted: false, entry: store.fetch(key) })
    client.close()
  })

  it('is not shown twice by a server that has started anew and tells what it led to first', async () => {
    const { network, key, client, notes, mirror, shown } = await watching()

    network.cut()
    const asked = notes.mutate(key, write('b'), optimistic)
    network.server = memoryServer({ clock: network.clock })
    network.server.notes.create(key, text('a'))
    await network.reconnect()
    await asked
    await settle()
    network.clock.advance(50)

    expect(shown.filter((state) => state.startsWith('3'))).toEqual([])
    expect(mirror.state).toMatchObject({ predicted: false, entry: { version: 2, value: text('b') } })
    client.close()
  })

  it('waits for the server where that runs another revision', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const old = { ...network.server.notes.definition, revision: '0' }
    const client = network.client({ definitions: [old] })
    using mirror = client.store(old).watch(key)
    await settle()

    const asked = client.store(old).mutate(key, write('b'), optimistic)

    expect(mirror.entry?.value.text).toBe('a')
    await asked
    expect(mirror.entry?.value.text).toBe('b')
    client.close()
  })
})
