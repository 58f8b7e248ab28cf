import type { RemoveReason } from '@livestore-kv/client'
import type { Person } from '../definitions.ts'
import { byId } from './element.ts'
import { Flaw } from './flaw.ts'
import { isolated, wordsForError } from './wording.ts'

/** What is in the place of a room that is not there. */
export class GonePanel {
  readonly #title = byId('gone-title', HTMLHeadingElement)
  readonly #text = byId('gone-text', HTMLParagraphElement)
  readonly #reopen = byId('gone-reopen', HTMLButtonElement)
  readonly #flaw = new Flaw(byId('gone-flaw', HTMLParagraphElement))
  #name = ''

  /** @param open opens a room; answers why it did not, in words */
  constructor(open: (name: string) => Promise<string | undefined>) {
    const reopen = async (): Promise<void> => {
      this.#flaw.say((await open(this.#name).catch(wordsForError)) ?? '')
    }
    this.#reopen.addEventListener('click', () => void reopen())
  }

  /**
   * @param name what the room was called, if we knew it
   * @param goodbye who closed it, if somebody did
   */
  show(reason: RemoveReason | 'missing', name: string | undefined, goodbye: Person | undefined): void {
    this.#name = name ?? ''
    this.#flaw.clear()
    this.#reopen.hidden = name === undefined
    this.#title.textContent = name === undefined ? 'There is no such room' : `${isolated(name)} has closed`
    this.#text.textContent = goodbye ? `${isolated(goodbye.name)} closed it. Goodbye!` : wordsOf(reason)
    this.#title.focus()
  }
}

function wordsOf(reason: RemoveReason | 'missing'): string {
  return reason === 'expired'
    ? 'It was quiet for too long. What was said in it is gone.'
    : 'A room is gone when it has closed, or when the server was restarted: it lives in memory.'
}
