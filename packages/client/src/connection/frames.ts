import type { ServerFrame } from '@livestore-kv/core/protocol'

/**
 * The frames of one message; `undefined` for what is none. Their fields are taken at the server's word: whoever uses a
 * frame has to live with one that is not what it should be.
 */
export function readFrames(message: string): readonly (ServerFrame | undefined)[] {
  return message.split('\n').map((line) => {
    try {
      // What else JSON may hold shows where the frame is used.
      return JSON.parse(line) as ServerFrame
    } catch {
      return undefined
    }
  })
}
