import { encodeFrame } from '@livestore-kv/core/protocol'
import type { ServerFrame } from '@livestore-kv/core/protocol'

const encoder = new TextEncoder()

/** The bytes of `frame`, which every receiver can share. */
export function encoded(frame: ServerFrame): Uint8Array {
  return encoder.encode(encodeFrame(frame))
}
