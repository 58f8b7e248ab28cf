import type { DirectoryTypes, RoomTypes, TopicTypes } from '../definitions.ts'
import { RequestError } from './request-error.ts'

type Refusal = DirectoryTypes['error'] | RoomTypes['error'] | TopicTypes['error']

/** What a person is told of a refusal; a new one is a compile error until it has its words. */
export function wordsFor(refusal: Refusal, maxLength: number): string {
  const words: Record<Refusal, string> = {
    empty: 'That is empty.',
    'too-long': `That is too long: ${maxLength} characters at most.`,
    taken: 'There is a room of that name already.',
    full: 'There is no place for another room now. Try again when one has closed.',
    'not-moderator': 'Only whoever opened the room may do that.',
    'no-such-room': 'That room has closed.',
    'not-yours': 'Only its author may change a message.',
    'no-such-message': 'That message is gone.',
  }
  return words[refusal]
}

/** What a person is told when the server could not be asked, or could not do it. */
export function wordsForError(error: unknown): string {
  if (!(error instanceof RequestError)) throw error
  if (error.code === 'OFFLINE')
    return 'There is no connection. What you wrote is still here: try again in a moment.'
  if (error.code === 'NOT_FOUND') return 'That room has closed.'
  if (error.code === 'RATE_LIMITED') return 'That was too fast. Try again in a moment.'
  return 'The server could not do that. Try again in a moment.'
}

/** A name inside a sentence: neither its direction nor its letters disturb what is around it. */
export function isolated(name: string): string {
  return `\u{2068}${name}\u{2069}`
}
