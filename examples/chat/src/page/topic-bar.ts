import { ClientError } from '@livestore-kv/client'
import type { Mirror, MirrorState } from '@livestore-kv/client'
import { LIMITS } from '../definitions.ts'
import type { Person, TopicTypes } from '../definitions.ts'
import type { Chat } from './chat.ts'
import { byId } from './element.ts'
import { InlineEditor } from './inline-editor.ts'
import { TopicHold } from './topic-hold.ts'
import { isolated, wordsFor, wordsForError } from './wording.ts'

/** The topic of a room: everybody reads it, its moderator holds it while editing it. */
export class TopicBar {
  readonly #chat: Chat
  readonly #mirror: Mirror<TopicTypes>
  readonly #hold: TopicHold
  readonly #editor: InlineEditor
  readonly #text = byId('topic-text', HTMLParagraphElement)
  readonly #edit = byId('topic-edit', HTMLButtonElement)
  readonly #lock = byId('topic-lock', HTMLParagraphElement)
  #moderator: Person | undefined

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

  showModerator(moderator: Person): void {
    this.#moderator = moderator
    this.#show(this.#mirror.state)
  }

  #show({ entry, lock }: MirrorState<TopicTypes>): void {
    if (!entry) return
    const { value } = entry
    const { me } = this.#chat
    const isModerator = value.moderator === me.id

    this.#text.textContent = value.text || (isModerator ? 'No topic yet' : '')
    this.#text.classList.toggle('none', value.text === '')
    this.#edit.hidden = !isModerator
    this.#edit.textContent = value.text ? 'Edit topic' : 'Set a topic'
    this.#lock.hidden = !lock || this.#hold.isTaken
    // Only the moderator may hold it.
    const holder =
      lock?.holder === me.id
        ? 'You are editing the topic in another window.'
        : `${isolated(this.#moderator?.name ?? 'The moderator')} is editing the topic…`
    if (!this.#lock.hidden && this.#lock.textContent !== holder) this.#lock.textContent = holder
  }

  async #open(): Promise<void> {
    try {
      this.#chat.assertOnline()
      const guard = await this.#hold.take()
      this.#lock.hidden = true
      this.#editor.open(guard.entry.value.text)
    } catch (error) {
      this.#editor.complain(this.#wordsFor(error))
    }
  }

  async #keep(): Promise<void> {
    try {
      await this.#hold.keep()
    } catch (error) {
      this.#editor.complain(this.#wordsFor(error))
    }
  }

  async #save(text: string): Promise<string | undefined> {
    try {
      this.#chat.assertOnline()
      const guard = await this.#hold.take()
      const result = await guard.mutate({ type: 'set', text })
      return result.ok ? undefined : wordsFor(result.error, LIMITS.topic)
    } catch (error) {
      return this.#wordsFor(error)
    }
  }

  /** That it is held elsewhere stands beside the topic already, for as long as it is. */
  #wordsFor(error: unknown): string {
    const isHeld = error instanceof ClientError && error.code === 'WAIT_TIMEOUT'
    if (isHeld) this.#show(this.#mirror.state)
    return isHeld ? '' : wordsForError(error)
  }
}
