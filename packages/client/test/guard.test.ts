import { createKey } from '@livestore-kv/core'
import { describe, expect, it } from 'vitest'
import { memoryServer } from '../../fastify-plugin/test/memory-server.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

const text = (value: string) => ({ text: value, author: 'bob' })
const write = (value: string) => ({ type: 'write', text: value, author: 'bob' }) as const

/** A connected client that holds a new entry. */
async function holding(leaseMs?: number) {
  const network = new MemoryNetwork()
  const key = network.server.notes.init(text('a'))
  const { client, notes } = await network.connect()
  const guard = await notes.acquire(key, leaseMs === undefined ? {} : { leaseMs })
  if (!guard) throw new Error('the entry is there')
  return { network, store: network.server.notes, key, client, notes, guard }
}

describe('guard', () => {
  it('keeps others waiting, changes the entry, and lets go', async () => {
    const { store, key, client, guard } = await holding()

    const others = store.mutate(key, write('c'))
    const mine = await guard.mutate(write('b'))
    const refused = await guard.mutate(write(''))
    await guard.release()
    await guard.release()

    expect(guard.entry.value).toEqual(text('a'))
    expect(mine).toMatchObject({ ok: true, value: { version: 2 } })
    expect(refused).toEqual({ ok: false, error: 'empty' })
    expect(await others).toMatchObject({ value: { version: 3 } })
    await expect(guard.mutate(write('d'))).rejects.toMatchObject({ code: 'GUARD_RELEASED' })
    client.close()
  })

  it('removes the entry, broadcasts to it, and is over with it', async () => {
    const { store, key, client, guard } = await holding()

    await guard.broadcast({ type: 'typing', who: 'bob' })
    const removed = await guard.remove()

    expect(removed.value).toEqual(text('a'))
    expect(store.fetch(key)).toBeUndefined()
    await expect(guard.renew()).rejects.toMatchObject({ code: 'GUARD_RELEASED' })
    expect(guard.signal.aborted).toBe(false)
    client.close()
  })

  it('is lost when its lease ends, and says so, unless it is renewed', async () => {
    const { network, store, key, client, guard } = await holding(1_000)

    network.clock.advance(900)
    await guard.renew(1_000)
    network.clock.advance(900)
    const renewed = guard.signal.aborted
    network.clock.advance(100)
    await settle()

    expect(renewed).toBe(false)
    expect(guard.signal.reason).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(store.tryAcquire(key)).toBeDefined()
    client.close()
  })

  it('is let go of when its lease ends while it is being renewed', async () => {
    const { network, store, key, client, guard } = await holding(1_000)

    network.clock.advance(900)
    network.isDeaf = true
    const renewing = guard.renew(5_000).catch((error: unknown) => error)
    await settle()
    network.clock.advance(100)
    network.isDeaf = false
    const held = store.tryAcquire(key)
    const id = network.requests('renew')[0]?.['id']
    network.inject({ type: 'answer', id, result: { expiresAt: network.clock.now() + 4_900 } })

    expect(await renewing).toMatchObject({ code: 'GUARD_RELEASED' })
    expect([guard.signal.aborted, held]).toEqual([true, undefined])
    expect(store.tryAcquire(key)).toBeDefined()
    client.close()
  })

  it('is lost no later than the server takes it, however long it waited for it', async () => {
    const network = new MemoryNetwork()
    const key = network.server.notes.init(text('a'))
    const { client, notes } = await network.connect()
    const other = await network.server.notes.acquire(key)

    const waiting = notes.acquire(key, { leaseMs: 5_000 })
    await settle()
    network.clock.advance(4_000)
    other?.release()
    const guard = await waiting
    network.clock.advance(4_999)
    const before = guard?.signal.aborted
    network.clock.advance(1)

    expect(before).toBe(false)
    expect(guard?.signal.aborted).toBe(true)
    client.close()
  })

  it('is kept over a lost connection, as long as its lease and the session last', async () => {
    const { network, store, key, client, guard } = await holding(30_000)

    network.cut()
    const meanwhile = store.tryAcquire(key)
    await network.reconnect()
    const result = await guard.mutate(write('b'))

    expect(meanwhile).toBeUndefined()
    expect(guard.signal.aborted).toBe(false)
    expect(result).toMatchObject({ ok: true })
    client.close()
  })

  it('is lost when the server that comes back does not know it', async () => {
    const { network, client, guard } = await holding(30_000)

    network.cut()
    network.server = memoryServer({ clock: network.clock })
    await network.reconnect()

    expect(guard.signal.aborted).toBe(true)
    await expect(guard.mutate(write('b'))).rejects.toMatchObject({ code: 'GUARD_RELEASED' })
    await guard.release()
    client.close()
  })

  it('asks nothing of a server that grants locks with the same tokens anew', async () => {
    const { network, key, client, notes, guard } = await holding(30_000)
    const mutation = write('b')

    network.cut()
    const acquiring = notes.acquire(key)
    const asked = guard.mutate(mutation).catch((error: unknown) => error)
    const releasing = guard.release()
    network.server = memoryServer({ clock: network.clock })
    network.server.notes.create(key, text('a'))
    await network.reconnect()
    const next = await acquiring

    expect(next?.token).toBe(guard.token)
    expect(await asked).toMatchObject({ code: 'GUARD_RELEASED' })
    await releasing
    await settle()
    expect(network.server.notes.fetch(key)?.value).toEqual(text('a'))
    expect(network.server.notes.tryAcquire(key)).toBeUndefined()
    client.close()
  })

  it('that is released while it is renewed leaves no timer behind', async () => {
    const { network, client, guard } = await holding(1_000)

    const renewing = guard.renew(5_000).catch((error: unknown) => error)
    await guard.release()
    const error = await renewing
    client.close()
    await settle()
    network.server.endpoint.close()

    expect(error).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(guard.signal.aborted).toBe(false)
    const { pending } = network.clock
    network.clock.advance(6_000)
    expect(pending).toBe(0)
  })

  it('is lost when the server says that it is not held', async () => {
    const { network, client, guard } = await holding()
    network.isMute = true
    const asked = guard.mutate(write('b')).catch((error: unknown) => error)

    const id = network.requests('mutate')[0]?.['id']
    network.inject({ type: 'error', id, code: 'GUARD_RELEASED', message: 'no', retry: 'no' })

    expect(await asked).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(guard.signal.aborted).toBe(true)
    client.close()
  })

  it('is lost at once when fresh credentials do not allow it, and others are kept', async () => {
    let allowed: string | undefined
    const network = new MemoryNetwork({
      authorize: ({ action, key }) => action !== 'acquire' || allowed === undefined || key === allowed,
    })
    const { notes: store } = network.server
    const keys = [store.init(text('a')), store.init(text('b'))] as const
    const { client, notes } = await network.connect()
    const [lost, kept] = [await notes.acquire(keys[0]), await notes.acquire(keys[1])]

    allowed = keys[1]
    await client.refresh()

    expect(lost?.signal.reason).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(store.tryAcquire(keys[0])).toBeDefined()
    expect(kept?.signal.aborted).toBe(false)
    expect(await kept?.mutate(write('c'))).toMatchObject({ ok: true })
    client.close()
  })

  it('is lost at once when the application ends the session', async () => {
    const { network, store, key, client, guard } = await holding(30_000)

    network.server.endpoint.revoke({ userId: 'ada' })

    expect(guard.signal.reason).toMatchObject({ code: 'GUARD_RELEASED' })
    expect(store.tryAcquire(key)).toBeDefined()
    expect(client.status.phase).toBe('waiting')
    client.close()
  })

  it('is lost at once when the server goes, and the session with it', async () => {
    const { network, store, key, client, guard } = await holding(30_000)

    network.server.endpoint.close()

    expect(guard.signal.aborted).toBe(true)
    expect(store.tryAcquire(key)).toBeDefined()
    expect(client.status.phase).toBe('waiting')
    client.close()
  })

  it('is lost, and the entry free at once, when its client is closed', async () => {
    const { store, key, client, guard } = await holding()

    client.close()
    await settle()

    expect(guard.signal.aborted).toBe(true)
    expect(store.tryAcquire(key)).toBeDefined()
  })
})

describe('client store.withLock', () => {
  it('answers what is done under the lock, and releases it whatever happens', async () => {
    const network = new MemoryNetwork()
    const { notes: store } = network.server
    const key = store.init(text('a'))
    const { client, notes } = await network.connect()

    const answer = await notes.withLock(key, async (guard) => {
      await guard.mutate(write('b'))
      return store.tryAcquire(key) ?? 'held'
    })
    const failing = notes.withLock(key, () => {
      throw new Error('mine')
    })

    expect(answer).toBe('held')
    await expect(failing).rejects.toThrow('mine')
    expect(store.tryAcquire(key)).toBeDefined()
    await expect(notes.withLock(createKey(), () => 1)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    client.close()
  })
})
