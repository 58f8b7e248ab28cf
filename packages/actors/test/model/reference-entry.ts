import type { Answer, Ticket } from './answer.ts'

/** One guard. */
export interface Held {
  readonly grant: number
  readonly holder: string | undefined
  expiresAt: number | undefined
  over: boolean
  lost: boolean
}

/** One call that waits its turn. */
interface Waiting {
  readonly ticket: Ticket
  readonly deadline: number
  readonly run: () => void
  readonly gone: () => unknown
}

/** One incarnation of a key. */
export interface ReferenceEntry {
  readonly key: string
  readonly incarnation: number
  readonly createdAt: number
  bar: number
  version: number
  changedAt: number
  touchedAt: number | undefined
  expiresAt: number | undefined
  held: Held | undefined
  waiting: Waiting[]
}

/** Names an entry: its incarnation and its version. */
export function label(entry: ReferenceEntry): string {
  return `${entry.incarnation}.${entry.version}`
}

export function entryAnswer({ incarnation, version, bar }: ReferenceEntry): Answer {
  return { is: 'entry', incarnation, version, bar }
}
