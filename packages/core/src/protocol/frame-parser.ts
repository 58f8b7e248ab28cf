import { refuse } from '../result.ts'
import type { Result } from '../result.ts'
import { CLIENT_FIELDS } from './client-frame.ts'
import type { ClientFrame } from './client-frame.ts'
import { isPositiveInteger, isRecord, ownField, wrongField } from './field.ts'
import { SERVER_FIELDS } from './server-frame.ts'
import type { ServerFrame } from './server-frame.ts'

/** Why a frame could not be read. */
export interface FrameFault {
  readonly code: 'BAD_FRAME' | 'UNKNOWN_FRAME'
  readonly message: string
  /** The id of the request, where it could be read: its answer is this fault. */
  readonly id?: number
}

/** Levels of arrays and objects in a frame; deeper ones would end the stack of whoever walks them. */
const MAX_DEPTH = 64
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** The client frames of one WebSocket message, in order. Never throws, whatever the message. */
export function parseClientFrames(message: string | Uint8Array): readonly Result<ClientFrame, FrameFault>[] {
  return parseFrames<ClientFrame>(message, CLIENT_FIELDS)
}

/** The server frames of one WebSocket message, in order. Never throws, whatever the message. */
export function parseServerFrames(message: string | Uint8Array): readonly Result<ServerFrame, FrameFault>[] {
  return parseFrames<ServerFrame>(message, SERVER_FIELDS)
}

/** One frame as a line of JSON, without the newline that separates it from the next in a message. */
export function encodeFrame(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame)
}

type FieldsByType = ReadonlyMap<string, object>

function parseFrames<F>(message: string | Uint8Array, known: FieldsByType): Result<F, FrameFault>[] {
  const text = typeof message === 'string' ? message : decode(message)
  if (text === undefined) return [bad('a frame is not UTF-8')]
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.length === 0
    ? [bad('a message holds no frame')]
    : lines.map((line) => parseFrame<F>(line, known))
}

function parseFrame<F>(line: string, known: FieldsByType): Result<F, FrameFault> {
  let frame: unknown
  try {
    frame = JSON.parse(line)
  } catch {
    return bad('a frame is not JSON')
  }
  if (!isRecord(frame)) return bad('a frame is not an object')

  const id = ownField(frame, 'id')
  const request = isPositiveInteger(id) ? { id } : {}
  const harm = harmIn(frame)
  if (harm !== undefined) return bad(harm, request)

  const type = ownField(frame, 'type')
  if (typeof type !== 'string') return bad('a frame has no type', request)
  const fields = known.get(type)
  if (fields === undefined) {
    const message = `there is no frame of type ${JSON.stringify(type.slice(0, 64))}`
    return refuse({ code: 'UNKNOWN_FRAME', message, ...request })
  }
  const wrong = wrongField(frame, fields)
  if (wrong !== undefined) return bad(`${type}.${wrong} is missing or wrong`, request)
  // Every field of the type has just been looked at, and nothing else is taken over.
  return { ok: true, value: { type, ...declared(frame, fields) } as F }
}

function declared(frame: Record<string, unknown>, fields: object): Record<string, unknown> {
  const names = Object.keys(fields).filter((name) => Object.hasOwn(frame, name))
  return Object.fromEntries(names.map((name) => [name, frame[name]]))
}

/** What about `frame` must not reach anybody: a key that names a prototype, or too many levels. */
function harmIn(frame: object): string | undefined {
  let level: object[] = [frame]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `a frame has more than ${MAX_DEPTH} levels`
    const next: object[] = []
    for (const parent of level) {
      for (const [key, member] of Object.entries(parent)) {
        if (FORBIDDEN_KEYS.has(key)) return `a frame has the key ${key}`
        // An array's indexes are no names, but they cost nothing to look at.
        if (typeof member === 'object' && member !== null) next.push(member)
      }
    }
    level = next
  }
  return undefined
}

function bad(message: string, request: { readonly id?: number } = {}): Result<never, FrameFault> {
  return refuse({ code: 'BAD_FRAME', message, ...request })
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
