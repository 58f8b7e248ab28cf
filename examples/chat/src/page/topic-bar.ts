import { ClientError } from '@livestore-kv/client'
import type { Mirror, MirrorState } from '@livestore-kv/client'
import { LIMITS } from '../definitions.ts'
import type { TopicTypes } from '../definitions.ts'
import type { Chat } from './chat.ts'
import { byId } from './element.ts'
import { InlineEditor } from './inline-editor.ts'
import { TopicHold } from './topic-hold.ts'
import { isolated, wordsFor, wordsForError } from './wording.ts'

const HELD_ELSEWHERE = 'You are editing the topic in another window.'

/** The topic of a room: everybody reads it, its moderator holds it while editing it. */
export class TopicBar {
  readonly #chat: Chat
  readonly #mirror: Mirror<TopicTypes>
  readonly #hold: TopicHold
  readonly #editor: InlineEditor
  readonly #text = byId('topic-text', HTMLParagraphElement)
  readonly #edit = byId('topic-edit', HTMLButtonElement)
  readonly #lock = byId('topic-lock', HTMLParagraphElement)

  constructor(chat: Chat, room: string, signal: AbortSignal) {
    this.#chat = chat
    this.#hold = new TopicHold(chat.topics, room)
    const field = byId('topic-input', HTMLInputElement)
    this.#editor = new InlineEditor({
      form: byId('topic-form', HTMLFormElement),
      field,
      flaw: byId('topic-flaw', HTMLParagraphElement),
      shown: byId('topic-shown', HTMLDivElement),
      opener: this.#edit,
      save: (text) => this.#save(text),
      onClose: () => void this.#hold.release(),
      signal,
    })
    this.#edit.addEventListener('click', () => void this.#open(), { signal })
    field.addEventListener('input', () => void this.#keep(), { signal })
    signal.addEventListener('abort', () => void this.#hold.release())

    this.#mirror = chat.topics.watch(room, { signal })
    this.#mirror.onChange((state) => this.#show(state))
    this.#mirror.onUpdate(({ type }) => {
      if (type === 'unlock') this.#hold.lose()
    })
  }

  #show({ entry, lock }: MirrorState<TopicTypes>): void {
    if (!entry) return
    const { value } = entry
    const { me } = this.#chat
    const isModerator = value.moderator.id === me.id

    this.#text.textContent = value.text || (isModerator ? 'No topic yet' : '')
    this.#text.classList.toggle('none', value.text === '')
    this.#edit.hidden = !isModerator
    this.#edit.textContent = value.text ? 'Edit topic' : 'Set a topic'
    this.#lock.hidden = !lock || this.#hold.isHeld || this.#editor.isOpen
    // Only the moderator may hold it.
    const holder =
      lock?.holder === me.id ? HELD_ELSEWHERE : `${isolated(value.moderator.name)} is editing the topic…`
    if (!this.#lock.hidden && this.#lock.textContent !== holder) this.#lock.textContent = holder
  }

  async #open(): Promise<void> {
    try {
      this.#chat.assertOnline()
      const guard = await this.#hold.take()
      this.#lock.hidden = true
      this.#editor.open(guard.entry.value.text)
    } catch (error) {
      this.#editor.complain(wordsOf(error))
    }
  }

  async #keep(): Promise<void> {
    try {
      await this.#hold.keep()
    } catch (error) {
      this.#editor.complain(wordsOf(error))
    }
  }

  async #save(text: string): Promise<string | undefined> {
    try {
      this.#chat.assertOnline()
      const guard = await this.#hold.take()
      const result = await guard.mutate({ type: 'set', text })
      return result.ok ? undefined : wordsFor(result.error, LIMITS.topic)
    } catch (error) {
      return wordsOf(error)
    }
  }
}

function wordsOf(error: unknown): string {
  const isHeld = error instanceof ClientError && error.code === 'WAIT_TIMEOUT'
  return isHeld ? HELD_ELSEWHERE : wordsForError(error)
}
