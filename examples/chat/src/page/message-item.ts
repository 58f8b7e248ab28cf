import type { ChatMessage } from '../definitions.ts'
import { paintAvatar } from './avatar.ts'
import { copyOf, within } from './element.ts'
import { InlineEditor } from './inline-editor.ts'

/** What authors do with their own messages; each answers why it was not done, in words. */
export interface MessageActions {
  readonly edit: (id: string, text: string) => Promise<string | undefined>
  readonly delete: (id: string) => Promise<string | undefined>
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

/** One message of the list. */
export class MessageItem {
  readonly element = copyOf('message-item', HTMLLIElement)
  readonly #text = within(this.element, '.text', HTMLParagraphElement)
  readonly #editor: InlineEditor
  #message: ChatMessage

  constructor(
    message: ChatMessage,
    options: { isOwn: boolean; actions: MessageActions; signal: AbortSignal },
  ) {
    const { isOwn, actions, signal } = options
    const { element } = this
    this.#message = message
    const edit = within(element, '[data-edit]', HTMLButtonElement)
    this.#editor = new InlineEditor({
      form: within(element, '.message-form', HTMLFormElement),
      field: within(element, 'textarea', HTMLTextAreaElement),
      flaw: within(element, '.flaw', HTMLParagraphElement),
      shown: this.#text,
      opener: edit,
      save: (text) => actions.edit(message.id, text),
      signal,
    })
    edit.addEventListener('click', () => this.edit(), { signal })
    this.#confirmDelete(() => actions.delete(message.id), signal)

    paintAvatar(within(element, '.avatar', HTMLSpanElement), message.author)
    within(element, '.author', HTMLElement).textContent = message.author.name
    within(element, '.message-tools', HTMLDivElement).hidden = !isOwn
    element.classList.toggle('own', isOwn)
  }

  /** Shows `message`; one that follows another of the same author needs no head. */
  show(message: ChatMessage, follows: boolean): void {
    this.#message = message
    const { postedAt, editedAt, text } = message
    this.element.classList.toggle('follows', follows)
    if (this.#text.textContent !== text) this.#text.textContent = text
    const time = within(this.element, 'time', HTMLTimeElement)
    time.dateTime = new Date(postedAt).toISOString()
    time.title = fullFormat.format(postedAt)
    time.textContent = timeFormat.format(postedAt)
    this.#text.classList.toggle('edited', editedAt !== undefined)
  }

  edit(): void {
    this.#editor.open(this.#message.text)
  }

  /** Deleting takes a second press, so that a slip of the finger loses nothing. */
  #confirmDelete(remove: () => Promise<string | undefined>, signal: AbortSignal): void {
    const button = within(this.element, '[data-delete]', HTMLButtonElement)
    const arm = (armed: boolean): void => {
      button.classList.toggle('armed', armed)
      button.textContent = armed ? 'Really delete?' : 'Delete'
    }
    const press = async (): Promise<void> => {
      if (!button.classList.contains('armed')) return arm(true)
      arm(false)
      this.#editor.complain((await remove()) ?? '')
    }
    button.addEventListener('click', () => void press(), { signal })
    button.addEventListener('blur', () => arm(false), { signal })
    button.addEventListener(
      'keydown',
      ({ key }) => {
        if (key === 'Escape') arm(false)
      },
      { signal },
    )
  }
}
