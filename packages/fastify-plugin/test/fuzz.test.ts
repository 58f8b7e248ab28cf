import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryServer } from './memory-server.ts'

const frames = fc.record(
  {
    type: fc.constantFrom(
      'init',
      'create',
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
      'pong',
      '__proto__',
    ),
    id: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.jsonValue()),
    store: fc.oneof(fc.constantFrom('note', 'sealed'), fc.jsonValue()),
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
    leaseMs: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.jsonValue()),
    changes: fc.oneof(fc.boolean(), fc.jsonValue()),
  },
  { requiredKeys: ['type'] },
)
const messages = fc.array(
  fc.oneof({ weight: 4, arbitrary: frames.map((frame) => JSON.stringify(frame)) }, fc.string()),
  {
    maxLength: 12,
  },
)

describe('an endpoint', () => {
  it(
    'survives whatever a client sends, answers every request once, and serves the next',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(messages, async (sent) => {
          const server = memoryServer({ limits: { requestBurst: 1_000 } })
          const [mallory, ada] = [await server.connect('mallory'), await server.connect('ada')]

          for (const message of sent) mallory.sendRaw(message)
          const { key } = await ada.ask('init', { store: 'note', value: { text: 'still served' } })
          const { entry } = await ada.ask('fetch', { store: 'note', key })

          // An id may be used again once it is answered: what counts is that nothing is answered unasked.
          const answers = mallory.frames.filter(({ type }) => type === 'answer' || type === 'refused').length
          expect(answers).toBeLessThanOrEqual(sent.length)
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
})
