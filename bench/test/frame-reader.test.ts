import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../src/wire/frame-reader.ts'
import type { Arrival } from '../src/wire/frame-reader.ts'
import { stamped } from '../src/wire/stamp.ts'

/** A text message as a server sends it (RFC 6455, section 5.2). */
function message(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  header[0] = 0x81
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (header.length === 4) header.writeUInt16BE(length, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, payload])
}

describe('FrameReader', () => {
  it('finds every message and its length, wherever the stream is cut', () => {
    const length = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(125, 126, 65_535, 65_536, 70_000),
    )
    const lengths = fc.array(length, { minLength: 1, maxLength: 20 })

    fc.assert(
      fc.property(lengths, fc.array(fc.nat()), (expected, cuts) => {
        const stream = Buffer.concat(expected.map((bytes) => message('x'.repeat(bytes))))
        const found: number[] = []
        const reader = new FrameReader(false, ({ bytes }) => found.push(bytes))

        let start = 0
        for (const end of [...cuts.map((cut) => cut % stream.length), stream.length].sort((a, b) => a - b)) {
          reader.read(stream.subarray(start, end))
          start = end
        }

        expect(found).toEqual(expected)
      }),
    )
  })

  it('reads when a message was stamped, each its own', () => {
    const arrivals: Arrival[] = []
    const reader = new FrameReader(true, (arrival) => arrivals.push(arrival))
    const texts = [stamped(100), 'no stamp', stamped(70_000)]

    reader.read(Buffer.concat(texts.map(message)))

    expect(arrivals.map(({ stamp }) => stamp)).toEqual([
      Number(texts[0]?.slice(1, 17)),
      undefined,
      Number(texts[2]?.slice(1, 17)),
    ])
  })

  it('refuses what is no whole text message', () => {
    const reader = new FrameReader(false, () => undefined)

    expect(() => reader.read(Buffer.from([0x88, 0]))).toThrow('a frame that begins with 136')
  })
})
