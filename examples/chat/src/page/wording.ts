import { ClientError } from '@livestore-kv/client'
import type { ClientErrorCode } from '@livestore-kv/client'
import { SLOW_MS } from '../definitions.ts'
import type { DirectoryTypes, LifeTypes, RoomTypes, TopicTypes } from '../definitions.ts'

const TOO_FAST = 'That was too fast. Try again in a moment.'
export const SLOW = `Slow mode: one message every ${SLOW_MS / 1_000} seconds.`
export const GONE = 'That room has closed.'
export const OFFLINE = 'There was no connection. Try again in a moment.'

const WORDS = new Map<ClientErrorCode, string>([
  ['OFFLINE', OFFLINE],
  ['UNKNOWN_OUTCOME', 'The connection was lost on the way: it may have arrived.'],
  ['NOT_FOUND', GONE],
  ['RATE_LIMITED', TOO_FAST],
  ['QUEUE_FULL', TOO_FAST],
])

type Refusal = DirectoryTypes['error'] | RoomTypes['error'] | TopicTypes['error'] | LifeTypes['error']

/** What a person is told of a refusal; a new one is a compile error until it has its words. */
export function wordsFor(refusal: Refusal, maxLength: number): string {
  const words: Record<Refusal, string> = {
    empty: 'That is empty.',
    'too-long': `That is too long: ${maxLength} characters at most.`,
    taken: 'There is a room of that name already.',
    full: 'There is no place for another room now. Try again when one has closed.',
    'not-moderator': 'Only whoever opened the room may do that.',
    'too-fast': TOO_FAST,
    'slow-mode': SLOW,
    'not-accepted': 'The room cannot do that now.',
    'no-such-room': GONE,
    'not-yours': 'Only its author may change a message.',
    'no-such-message': 'That message is gone.',
  }
  return words[refusal]
}

/** What a person is told when the server could not be asked, or could not do it. */
export function wordsForError(error: unknown): string {
  if (!(error instanceof ClientError)) throw error
  return WORDS.get(error.code) ?? 'The server could not do that. Try again in a moment.'
}

/** A name inside a sentence: neither its direction nor its letters disturb what is around it. */
export function isolated(name: string): string {
  return `\u{2068}${name}\u{2069}`
}

const LISTED = 3

/** Names in a sentence, the first few of them; empty for none. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map(isolated)
  const more = names.length - shown.length
  return new Intl.ListFormat('en').format(more > 0 ? [...shown, `${more} more`] : shown)
}
