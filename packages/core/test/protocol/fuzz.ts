import { readFileSync } from 'node:fs'
import { parseClientFrames, parseServerFrames } from '@livestore-kv/core/protocol'
import { FrameMutator, Random } from '@livestore-kv/core/testing'

const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```json (?:client|server)\n(.*?)```/gs)].map(([, text]) =>
  JSON.stringify(JSON.parse(text ?? '')),
)

/** What a number of messages was read as. */
export interface Readings {
  readonly messages: number
  readonly frames: number
  readonly faults: number
  /** Messages that were read as something that the parser must not answer. */
  readonly wrong: readonly string[]
}

/** Reads `count` random and mutated messages as either end would. */
export function fuzzParser(seed: number, count: number): Readings {
  const mutator = new FrameMutator(new Random(seed), examples)
  const wrong: string[] = []
  let [frames, faults] = [0, 0]
  for (let at = 0; at < count; at++) {
    const message = mutator.next()
    const lines = message.length === 0 ? 1 : asText(message).split('\n').length
    for (const parse of [parseClientFrames, parseServerFrames]) {
      const read = parse(message)
      // One answer for each line that holds something, and at least one.
      if (read.length === 0 || read.length > lines) wrong.push(asText(message))
      for (const frame of read) {
        if (frame.ok) frames++
        else faults++
        if (frame.ok ? !isFrame(frame.value) : !/^(BAD|UNKNOWN)_FRAME$/.test(frame.error.code))
          wrong.push(asText(message))
      }
    }
  }
  return { messages: count, frames, faults, wrong }
}

/** A frame is plain data with a type: nothing in it reaches a prototype. */
function isFrame(frame: object): boolean {
  return (
    Object.getPrototypeOf(frame) === Object.prototype &&
    Object.hasOwn(frame, 'type') &&
    !Object.hasOwn(frame, '__proto__')
  )
}

function asText(message: string | Uint8Array): string {
  return typeof message === 'string' ? message : new TextDecoder().decode(message)
}
