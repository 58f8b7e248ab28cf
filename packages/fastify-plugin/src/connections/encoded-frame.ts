import { encodeFrame } from '@livestore-kv/core/protocol'
import type { ServerFrame, WireEntry } from '@livestore-kv/core/protocol'

const encoder = new TextEncoder()

/**
 * The bytes of `frame`, which every receiver can share.
 *
 * @throws TypeError that says of which entry it is, if JSON cannot hold it; its cause says why.
 */
export function encoded(frame: ServerFrame): Uint8Array {
  try {
    return encoder.encode(encodeFrame(frame))
  } catch (error) {
    throw new TypeError(`JSON cannot hold ${describe(frame)}`, { cause: error })
  }
}

function describe(frame: ServerFrame): string {
  const { key } = entryIn(frame) ?? {}
  return `${frame.type === 'update' ? frame.update.type : frame.type}${key === undefined ? '' : ` of entry ${key}`}`
}

function entryIn(frame: ServerFrame): { readonly key: string } | null | undefined {
  if (frame.type === 'update' && 'key' in frame.update) return frame.update
  const told: object = frame.type === 'update' ? frame.update : frame.type === 'answer' ? frame.result : {}
  // Whatever tells of an entry has it there.
  return (told as { readonly entry?: WireEntry | null }).entry
}
