import Fastify from 'fastify'
import { createStorages, createStore } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import { describe, expect, it } from 'vitest'
import { createEndpoint } from '../src/create-endpoint.ts'
import { resolveServing } from '../src/options/resolve-serving.ts'
import { note, sealed } from './definitions.ts'
import { startServer } from './live-server.ts'
import { here } from './presence.ts'

const notes = createStore(note)
const right = { stores: [notes], authenticate: () => undefined, authorize: () => true }

describe('options', () => {
  it.each([
    ['stores', { stores: undefined }],
    ['stores', { stores: [{}] }],
    ['stores', { stores: [notes, createStore(note)] }],
    ['authenticate', { authenticate: undefined }],
    ['authorize', { authorize: undefined }],
    ['authorize', { authorize: true }],
    ['path', { path: 'live' }],
    ['prefix', { prefix: 'api' }],
    ['prefix', { prefix: 5 }],
    ['origins', { origins: '*' }],
    ['origins', { origins: ['app.example'] }],
    ['origins', { origins: ['https://app.example/'] }],
    ['prepare.nope', { prepare: { nope: {} } }],
    ['prepare.note', { prepare: { note: 1 } }],
    ['prepare.note.mutate', { prepare: { note: { mutate: () => undefined } } }],
    ['prepare.note.mutation', { prepare: { note: { mutation: 1 } } }],
    ['prepare.here.who', { stores: [createStore(here)] }],
    ['prepare.here.who', { stores: [createStore(here)], prepare: { here: { who: 1 } } }],
    [
      'prepare.here.value',
      { stores: [createStore(here)], prepare: { here: { who: () => 1, value: () => 1 } } },
    ],
    ['presence', { presence: 1 }],
    ['presence.graceMs', { presence: { graceMs: 1 } }],
    ['presence.placesPerSession', { presence: { placesPerSession: 0 } }],
    ['presence.disconnectGraceMs', { presence: { disconnectGraceMs: -1 } }],
    ['views.nope', { views: { nope: {} } }],
    ['views.note', { views: { note: 1 } }],
    ['views.note.card', { views: { note: { card: 1 } } }],
    ['views.note.card.select', { views: { note: { card: {} } } }],
    ['views.note.card.group', { views: { note: { card: { select: String, group: 'all' } } } }],
    ['views.note.card.goup', { views: { note: { card: { select: String, goup: String } } } }],
    ['views.note.', { views: { note: { '': { select: String } } } }],
    ['onMetric', { onMetric: 'console' }],
    ['limits', { limits: 7 }],
    ['limits.nope', { limits: { nope: 1 } }],
    ['limits.constructor', { limits: { constructor: 1 } }],
    ['limits.messageBytes', { limits: { messageBytes: 0 } }],
    ['limits.leaseMs', { limits: { leaseMs: '30 s' } }],
    ['maxConnections', { maxConnections: -1 }],
    ['helloMs', { helloMs: NaN }],
    ['hookMs', { hookMs: 0 }],
    ['hookMs must be less than helloMs', { hookMs: 10_000 }],
    ['hookMs must be less than helloMs', { helloMs: 3_000, hookMs: 3_000 }],
    ['historyBytes', { historyBytes: '64 MiB' }],
    ['pingMs', { pingMs: Infinity }],
    ['clock', { clock: {} }],
    ['athorize', { athorize: () => true }],
  ])('are checked at registration, with one error that names the option: %s', async (option, wrong) => {
    const app = Fastify()

    const registering = app.register(livestore, { ...right, ...wrong } as never).ready()

    await expect(registering).rejects.toMatchObject({
      code: 'LIVESTORE_INVALID_OPTIONS',
      message: expect.stringContaining(option),
    })
  })

  it.each([
    [undefined, 5_000],
    [10_001, 5_000],
    [3_000, 1_500],
    [1, 1],
  ])(
    'leave time to be welcomed without what hangs: with a helloMs of %s, hookMs is %s',
    (helloMs, hookMs) => {
      const { endpoint } = resolveServing({ ...right, helloMs })

      expect(endpoint.hookMs).toBe(hookMs)
    },
  )

  it.each([undefined, 'log'])(
    'of an endpoint hold somebody to tell what went wrong, and not %s',
    (onError) => {
      const creating = (): unknown => createEndpoint({ ...right, onError } as never)

      expect(creating).toThrow(expect.objectContaining({ message: 'onError must be a function' }))
    },
  )

  it('are announced to clients where they are limits', async () => {
    await using server = await startServer({
      limits: { requestBurst: 7, waitMs: 5_000 },
      pingMs: 1_234,
      hookMs: 1_000,
      historyBytes: 1_000_000,
    })
    using client = await server.connect('ada')

    expect(client.frames[0]).toMatchObject({
      pingMs: 1_234,
      limits: { requestBurst: 7, leaseMs: 30_000, waitMs: 5_000 },
    })
  })
})

describe('app.livestore', () => {
  it('has the stores, found by their definitions', async () => {
    await using server = await startServer()

    expect(server.app.livestore.store(note)).toBe(server.notes)
    expect(server.app.livestore.store(sealed)).toBe(server.sealeds)
    expect(server.app.livestore.stores).toBe(server.storages)
  })

  it('says what is not served', async () => {
    const app = Fastify()
    await app.register(livestore, livestoreOptions({ ...right, stores: createStorages(notes) }))

    expect(() => app.livestore.store(sealed)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('sealed') }),
    )
    await expect(app.livestore.members(here, createKey())).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('here'),
    })
    expect(() => app.livestore.revoke({ store: 'here', key: createKey() })).toThrow(
      expect.objectContaining({
        code: 'LIVESTORE_INVALID_OPTIONS',
        message: expect.stringContaining('here'),
      }),
    )
  })

  it('is registered once', async () => {
    const app = Fastify()
    await app.register(livestore, livestoreOptions(right))

    const again = app.register(livestore, livestoreOptions({ ...right, path: '/other' }))

    await expect(again.ready()).rejects.toMatchObject({
      code: 'LIVESTORE_ALREADY_REGISTERED',
    })
  })
})
