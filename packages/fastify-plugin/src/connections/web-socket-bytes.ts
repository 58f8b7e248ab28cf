/** FIN, and the opcode of a text (RFC 6455, section 5.2). */
const WHOLE_TEXT = 0x81
/** Lengths past these take 16 and 64 bits. */
const SHORT = 125
const MEDIUM = 65_535

/**
 * What a server writes to a WebSocket: frames as text messages, side by side in one buffer. A server does not mask, so
 * those who are sent the same frames are sent the same bytes; they are put together for the first of them.
 */
export class WebSocketBytes {
  #frames: readonly Uint8Array[] = []
  #bytes: Buffer = Buffer.alloc(0)

  /** The bytes of `frames`; those that were asked for last are remembered. */
  of(frames: readonly Uint8Array[]): Buffer {
    if (!areSame(frames, this.#frames)) {
      this.#bytes = messages(frames)
      this.#frames = frames
    }
    return this.#bytes
  }
}

/** Each frame was encoded once, so that the same frame is the same object. */
function areSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  return some.length === others.length && some.every((frame, at) => frame === others[at])
}

function messages(frames: readonly Uint8Array[]): Buffer {
  const length = frames.reduce((sum, frame) => sum + headerLength(frame) + frame.byteLength, 0)
  const bytes = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const frame of frames) {
    at = writeHeader(bytes, at, frame)
    bytes.set(frame, at)
    at += frame.byteLength
  }
  return bytes
}

function headerLength({ byteLength }: Uint8Array): number {
  return byteLength <= SHORT ? 2 : byteLength <= MEDIUM ? 4 : 10
}

/** Answers where the payload begins. */
function writeHeader(bytes: Buffer, at: number, { byteLength }: Uint8Array): number {
  bytes[at] = WHOLE_TEXT
  if (byteLength <= SHORT) return bytes.writeUInt8(byteLength, at + 1)
  if (byteLength <= MEDIUM) return bytes.writeUInt16BE(byteLength, bytes.writeUInt8(126, at + 1))
  return bytes.writeBigUInt64BE(BigInt(byteLength), bytes.writeUInt8(127, at + 1))
}
