import { LIMITS, topic } from '../definitions.ts'
import type { TopicTypes } from '../definitions.ts'
import type { Connection } from './connection.ts'
import { byId } from './element.ts'
import { InlineEditor } from './inline-editor.ts'
import type { LiveState } from './live-entry.ts'
import { RequestError } from './request-error.ts'
import { TopicHold } from './topic-hold.ts'
import { isolated, wordsFor, wordsForError } from './wording.ts'

const HELD_ELSEWHERE = 'You are editing the topic in another window.'

/** The topic of a room: everybody reads it, its moderator holds it while editing it. */
export class TopicBar {
  readonly #connection: Connection
  readonly #room: string
  readonly #hold: TopicHold
  readonly #editor: InlineEditor
  readonly #text = byId('topic-text', HTMLParagraphElement)
  readonly #edit = byId('topic-edit', HTMLButtonElement)
  readonly #lock = byId('topic-lock', HTMLParagraphElement)
  #topic = ''

  constructor(connection: Connection, room: string, signal: AbortSignal) {
    this.#connection = connection
    this.#room = room
    this.#hold = new TopicHold(connection, room)
    const field = byId('topic-input', HTMLInputElement)
    this.#editor = new InlineEditor({
      form: byId('topic-form', HTMLFormElement),
      field,
      flaw: byId('topic-flaw', HTMLParagraphElement),
      shown: byId('topic-shown', HTMLDivElement),
      opener: this.#edit,
      save: (text) => this.#save(text),
      onClose: () => void this.#hold.release().catch(() => this.#hold.lose()),
      signal,
    })
    this.#edit.addEventListener('click', () => void this.#open(), { signal })
    field.addEventListener('input', () => void this.#keep(), { signal })
    signal.addEventListener('abort', () => void this.#hold.release().catch(() => this.#hold.lose()))
  }

  show(state: LiveState<TopicTypes>): void {
    if (state.status !== 'live') return
    const { value, lock } = state
    const isModerator = value.moderator.id === this.#connection.user
    if (!lock) this.#hold.lose()

    this.#topic = value.text
    this.#text.textContent = value.text || (isModerator ? 'No topic yet' : '')
    this.#text.classList.toggle('none', value.text === '')
    this.#edit.hidden = !isModerator
    this.#edit.textContent = value.text ? 'Edit topic' : 'Set a topic'
    this.#lock.hidden = !lock || this.#hold.isHeld || this.#editor.isOpen
    // Only the moderator may hold it.
    const holder =
      lock?.holder === this.#connection.user
        ? HELD_ELSEWHERE
        : `${isolated(value.moderator.name)} is editing the topic…`
    if (!this.#lock.hidden && this.#lock.textContent !== holder) this.#lock.textContent = holder
  }

  async #open(): Promise<void> {
    try {
      await this.#hold.take()
      this.#lock.hidden = true
      this.#editor.open(this.#topic)
    } catch (error) {
      this.#editor.complain(wordsOf(error))
    }
  }

  async #keep(): Promise<void> {
    try {
      await this.#hold.keep()
    } catch (error) {
      this.#hold.lose()
      this.#editor.complain(wordsOf(error))
    }
  }

  async #save(text: string): Promise<string | undefined> {
    try {
      const token = await this.#hold.take()
      const result = await this.#connection.mutate(topic, this.#room, { type: 'set', text }, token)
      return result.ok ? undefined : wordsFor(result.error, LIMITS.topic)
    } catch (error) {
      this.#hold.lose()
      return wordsOf(error)
    }
  }
}

function wordsOf(error: unknown): string {
  const isHeld = error instanceof RequestError && error.code === 'WAIT_TIMEOUT'
  return isHeld ? HELD_ELSEWHERE : wordsForError(error)
}
