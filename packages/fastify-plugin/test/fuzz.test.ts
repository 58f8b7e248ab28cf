import { CloseCode, parseClientFrames } from '@livestore-kv/core/protocol'
import type { ServerFrame } from '@livestore-kv/core/protocol'
import { createStore } from '@livestore-kv/actors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { note, sealed } from './definitions.ts'
import { fuzzEndpoint } from './fuzz-session.ts'
import { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'
import { here, stamps } from './presence.ts'

const frames = fc.record(
  {
    type: fc.constantFrom(
      'init',
      'create',
      'assign',
      'insert',
      'fetch',
      'watch',
      'watchStore',
      'unwatch',
      'mutate',
      'broadcast',
      'acquire',
      'renew',
      'release',
      'remove',
      'cancel',
      'enter',
      'leave',
      'pong',
      '__proto__',
    ),
    // Left to be numbered, or anything but an id.
    id: fc.oneof(
      fc.constant(undefined),
      fc.jsonValue().filter((id) => typeof id !== 'number'),
    ),
    store: fc.oneof(fc.constantFrom('note', 'sealed', 'here'), fc.jsonValue()),
    key: fc.oneof(fc.uuid({ version: 4 }), fc.jsonValue()),
    topic: fc.integer({ max: 3 }),
    request: fc.integer({ min: 1, max: 5 }),
    token: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.jsonValue()),
    value: fc.oneof(fc.constant({ text: 'a' }), fc.jsonValue()),
    mutation: fc.oneof(
      fc.constant({ type: 'write', text: 'b' }),
      fc.constant({ type: 'explode' }),
      fc.jsonValue(),
    ),
    message: fc.oneof(fc.constant({ type: 'typing' }), fc.jsonValue()),
    state: fc.oneof(fc.constant({ typing: true }), fc.jsonValue()),
    leaseMs: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.jsonValue()),
    mid: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.jsonValue()),
    ifVersion: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.jsonValue()),
    from: fc.oneof(fc.record({ epoch: fc.integer(), version: fc.integer() }), fc.jsonValue()),
    as: fc.oneof(fc.constantFrom('value', 'mutation'), fc.jsonValue()),
    changes: fc.oneof(fc.boolean(), fc.jsonValue()),
  },
  { requiredKeys: ['type'] },
)
const messages = fc
  .array(fc.oneof({ weight: 4, arbitrary: frames }, fc.string()), { maxLength: 12 })
  // No id is used twice: each is to be settled once.
  .map((sent) =>
    sent.map((frame, at) =>
      typeof frame === 'string' ? frame : JSON.stringify({ id: at + 1, ...defined(frame) }),
    ),
  )

function defined(frame: object): object {
  return Object.fromEntries(Object.entries(frame).filter(([, field]) => field !== undefined))
}

/** The ids that the server can read. */
function idsOf(sent: readonly string[]): readonly number[] {
  return sent
    .flatMap((message) => [...parseClientFrames(message)])
    .flatMap((frame) => {
      const id = frame.ok ? 'id' in frame.value && frame.value.id : frame.error.id
      return typeof id === 'number' ? [id] : []
    })
}

/** The ids that were settled, each as often as it was, in their order. */
function settledIds(sent: readonly ServerFrame[]): readonly number[] {
  return sent
    .flatMap((frame) => ('id' in frame && frame.id !== undefined ? [frame.id] : []))
    .sort((a, b) => a - b)
}

describe('an endpoint', () => {
  it(
    'answers each of 100,000 random and mutated requests, once, and keeps none',
    { timeout: 120_000 },
    async () => {
      const { wrong, answered, refused, left } = await fuzzEndpoint(1, 100_000)

      expect(wrong).toEqual([])
      expect(left).toBe(0)
      // They are not all nonsense, and not all right.
      expect(Math.min(answered, refused)).toBeGreaterThan(10_000)
    },
  )

  it(
    'survives whatever a client sends, answers every request once, and serves the next',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(messages, async (sent) => {
          const server = memoryServer({
            limits: { requestBurst: 1_000 },
            stores: [createStore(note), createStore(sealed), createStore(here)],
            prepare: stamps,
          })
          const [mallory, ada] = [await server.connect('mallory'), await server.connect('ada')]

          for (const message of sent) mallory.sendRaw(message)
          const { key } = await ada.ask('init', { store: 'note', value: { text: 'still served' } })
          const { entry } = await ada.ask('fetch', { store: 'note', key })

          await settle()

          expect(settledIds(mallory.frames)).toEqual(idsOf(sent))
          expect(entry?.value).toMatchObject({ text: 'still served' })
          expect(mallory.transport.goodbye).toBeUndefined()
          mallory.connection.disconnected(1000)
          ada.connection.disconnected(1000)
          expect(server.endpoint.topics.size).toBe(0)
        }),
        { numRuns: 300 },
      )
    },
  )

  it(
    'welcomes whoever comes back with whatever it claims, or closes, and serves the next',
    { timeout: 60_000 },
    async () => {
      const hellos = fc.record(
        {
          session: fc.oneof(fc.constant('its own'), fc.jsonValue()),
          positions: fc.oneof(
            fc.array(fc.record({ topic: fc.integer({ min: 1, max: 2 }), seq: fc.integer({ min: 0 }) })),
            fc.jsonValue(),
          ),
          locks: fc.oneof(
            fc.array(fc.record({ store: fc.constant('note'), key: fc.string(), token: fc.nat() })),
            fc.jsonValue(),
          ),
        },
        { requiredKeys: [] },
      )
      await fc.assert(
        fc.asyncProperty(hellos, async (hello) => {
          const server = memoryServer()
          const key = server.notes.init({ text: 'a', author: '' })
          const earlier = await server.connect('mallory')
          await earlier.ask('watch', { store: 'note', key })
          earlier.cut()
          const session = hello.session === 'its own' ? earlier.welcome.session : hello.session
          const mallory = new MemoryClient(server.endpoint)

          mallory.send({ type: 'hello', client: 'test', token: 'mallory', ...hello, session })
          await settle()
          const ada = await server.connect('ada')
          const { entry } = await ada.ask('fetch', { store: 'note', key })

          const [first] = mallory.frames
          expect(first?.type ?? mallory.transport.goodbye?.code).toSatisfy(
            (outcome) => outcome === 'welcome' || outcome === CloseCode.helloExpected,
          )
          expect(entry?.version).toBe(1)
        }),
        { numRuns: 300 },
      )
    },
  )
})
