import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, parseClientFrames, parseServerFrames } from '@livestore-kv/core/protocol'
import type { ClientFrame, ServerFrame } from '@livestore-kv/core/protocol'

const fetch: ClientFrame = { type: 'fetch', id: 1, store: 'room', key: 'k' }

describe('the frame parser', () => {
  it('reads what was encoded, several frames in one message', () => {
    const frames: ClientFrame[] = [{ type: 'hello', client: 'test/1', token: 't' }, fetch, { type: 'pong' }]

    const parsed = parseClientFrames(`${frames.map(encodeFrame).join('\n')}\n`)

    expect(parsed).toEqual(frames.map((value) => ({ ok: true, value })))
  })

  it('reads bytes as it reads text', () => {
    const text = encodeFrame({ type: 'broadcast', id: 1, store: 'räume', key: 'k', message: '💬' })

    expect(parseClientFrames(new TextEncoder().encode(text))).toEqual(parseClientFrames(text))
  })

  it.each([
    ['not JSON', '{"type":', /not JSON/],
    ['no frame', ' \n ', /no frame/],
    ['an array', '[]', /not an object/],
    ['null', 'null', /not an object/],
    ['no type', '{}', /no type/],
    ['a field of the wrong type', '{"type":"hello","client":7}', /hello\.client/],
    ['a missing field', '{"type":"mutate","id":1,"store":"s","key":"k"}', /mutate\.mutation/],
    ['a view that is no text', '{"type":"watchStore","id":1,"store":"room","view":1}', /watchStore\.view/],
    ['an id that is no positive whole number', '{"type":"unwatch","id":0,"topic":1}', /unwatch\.id/],
    [
      'a duration that is none',
      '{"type":"acquire","id":1,"store":"s","key":"k","leaseMs":-1}',
      /acquire\.leaseMs/,
    ],
    ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe]), /UTF-8/],
  ])('answers BAD_FRAME for %s', (_, message, reason) => {
    expect(parseClientFrames(message)).toEqual([
      {
        ok: false,
        error: expect.objectContaining({ code: 'BAD_FRAME', message: expect.stringMatching(reason) }),
      },
    ])
  })

  it.each(['explode', 'constructor', 'toString'])('names a type that there is not: %s', (type) => {
    expect(parseClientFrames(JSON.stringify({ type, id: 9 }))).toEqual([
      { ok: false, error: { code: 'UNKNOWN_FRAME', id: 9, message: expect.stringContaining(type) } },
    ])
  })

  it.each([
    '{"type":"fetch","id":3,"store":"s","key":"k","__proto__":{"x":1}}',
    '{"type":"init","id":3,"store":"s","value":{"a":[{"constructor":1}]}}',
    '{"type":"init","id":3,"store":"s","value":{"\\u005f_proto__":1}}',
    '{"type":"init","id":3,"store":"s","value":[[{"prototype":{}}]]}',
  ])('refuses keys that name a prototype, wherever they are: %s', (text) => {
    expect(parseClientFrames(text)).toMatchObject([{ ok: false, error: { code: 'BAD_FRAME', id: 3 } }])
  })

  it('takes no field from a prototype, not even from one that somebody has polluted', () => {
    Object.defineProperty(Object.prototype, 'type', { value: 'pong', configurable: true })
    try {
      expect(parseClientFrames('{}')).toMatchObject([{ ok: false, error: { code: 'BAD_FRAME' } }])
    } finally {
      Reflect.deleteProperty(Object.prototype, 'type')
    }
  })

  it('leaves out what the type does not declare', () => {
    expect(parseClientFrames('{"type":"pong","id":[],"store":1}')).toEqual([
      { ok: true, value: { type: 'pong' } },
    ])
  })

  it('refuses more levels than anybody can walk', () => {
    const deep = `{"type":"init","id":1,"store":"s","value":${'['.repeat(30_000)}${']'.repeat(30_000)}}`

    expect(parseClientFrames(deep)).toMatchObject([{ ok: false, error: { code: 'BAD_FRAME' } }])
  })

  it('answers a broken frame by itself and goes on with the next', () => {
    expect(parseClientFrames(`?\n${encodeFrame(fetch)}`)).toMatchObject([
      { ok: false },
      { ok: true, value: fetch },
    ])
  })

  it('never throws, whatever the text or the bytes', { timeout: 60_000 }, () => {
    const messages = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.uint8Array({ maxLength: 512 }))
    fc.assert(
      fc.property(messages, (message) => {
        const frames = [...parseClientFrames(message), ...parseServerFrames(message)]
        expect(frames.length).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('reads no wrong id into a frame with one field changed, and never throws', { timeout: 60_000 }, () => {
    const frames: (ClientFrame | ServerFrame)[] = [
      fetch,
      {
        type: 'mutate',
        id: 2,
        store: 's',
        key: 'k',
        mutation: {},
        ifVersion: { epoch: -1, version: 3 },
        token: 4,
      },
      {
        type: 'update',
        topic: 1,
        seq: 1,
        update: { type: 'mutate', key: 'k', epoch: 1, version: 2, value: { a: 1 }, changedAt: 5 },
      },
      { type: 'error', id: 1, code: 'NOT_FOUND', message: 'm', retry: 'no' },
    ]
    const mutants = fc.record({
      frame: fc.constantFrom(...frames),
      field: fc.constantFrom(
        'type',
        'id',
        'store',
        'key',
        'topic',
        'update',
        'ifVersion',
        'token',
        'retry',
        'code',
      ),
      value: fc.jsonValue(),
    })
    fc.assert(
      fc.property(mutants, ({ frame, field, value }) => {
        const text = JSON.stringify({ ...frame, [field]: value })
        const read = [...parseClientFrames(text), ...parseServerFrames(text)].flatMap((parsed) =>
          parsed.ok ? [parsed.value] : [],
        )
        const ids = read.flatMap((parsed) => ('id' in parsed ? [parsed.id] : []))
        expect(ids.every(Number.isSafeInteger)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the frames of a server', () => {
  const entry = { key: 'k', epoch: 1, version: 2, value: null, createdAt: 3, changedAt: 4 }
  const frames: ServerFrame[] = [
    { type: 'ping' },
    { type: 'answer', id: 1, result: {} },
    { type: 'refused', id: 1, error: 'no' },
    { type: 'error', code: 'BAD_FRAME', message: 'm', retry: 'no' },
    { type: 'update', topic: 1, seq: 1, update: { type: 'unlock', key: 'k', epoch: 1, version: 1 } },
    {
      type: 'update',
      topic: 1,
      seq: 1,
      update: { type: 'lock', key: 'k', epoch: 1, version: 1, holder: 'ada' },
    },
    {
      type: 'update',
      topic: 1,
      seq: 1,
      update: { type: 'deadline', key: 'k', epoch: 1, version: 1, expiresAt: null },
    },
    {
      type: 'update',
      topic: 1,
      seq: 1,
      update: { type: 'lagged', missed: 2, missedMessages: 1, entry, lock: { holder: 'ada' }, expiresAt: 5 },
    },
    {
      type: 'update',
      topic: 1,
      seq: 1,
      update: { type: 'remove', key: 'k', epoch: 1, version: 1, reason: 'expired', message: { type: 'bye' } },
    },
  ]

  it.each(frames)('are read as they were written: %j', (frame) => {
    expect(parseServerFrames(encodeFrame(frame))).toEqual([{ ok: true, value: frame }])
  })

  it.each([
    { type: 'update', topic: 1, seq: 1, update: { type: 'explode' } },
    {
      type: 'update',
      topic: 1,
      seq: 1,
      update: { type: 'mutate', key: 'k', epoch: 1, version: 1.5, value: 1, changedAt: 1 },
    },
    {
      type: 'update',
      topic: 1,
      seq: 1,
      update: { type: 'remove', key: 'k', epoch: 1, version: 1, reason: 'bored' },
    },
    { type: 'error', code: 'X', message: 'm', retry: 'perhaps' },
  ])('are refused when they are wrong: %j', (frame) => {
    expect(parseServerFrames(JSON.stringify(frame))).toMatchObject([{ ok: false }])
  })
})
