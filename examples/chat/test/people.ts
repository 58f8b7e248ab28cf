import { createKey } from '@livestore-kv/core'
import type { Person, Stamp } from '../src/definitions.ts'

export const ada: Person = { id: 'ada', name: 'Ada' }
export const ben: Person = { id: 'ben', name: 'Ben' }

/** What the server would stamp on a mutation of `by`. */
export function stampOf(by: Person, at = 1_700_000_000_000): Stamp {
  return { id: createKey(), at, by }
}
