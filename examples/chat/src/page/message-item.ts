import { LIMITS } from '../definitions.ts'
import type { ChatMessage } from '../definitions.ts'
import { cleanText, flawOf } from '../text.ts'
import { paintAvatar } from './avatar.ts'
import { copyOf, within } from './element.ts'
import { InlineEditor } from './inline-editor.ts'
import type { Outbox, Unconfirmed } from './outbox.ts'
import { wordsFor } from './wording.ts'

/** How a message stands in its list. */
export interface MessagePlace {
  /** What its author did to it, if that is not certain yet. */
  readonly unconfirmed: Unconfirmed | undefined
  /** The name of the day that begins with it; empty if none does. */
  readonly day: string
  /** It follows another of the same author, and needs no head. */
  readonly follows: boolean
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

/** One message of the list. */
export class MessageItem {
  readonly element = copyOf('message-item', HTMLLIElement)
  readonly #frame = within(this.element, '.message', HTMLDivElement)
  readonly #day = within(this.element, '.day', HTMLParagraphElement)
  readonly #text = within(this.element, '.text', HTMLParagraphElement)
  readonly #tools = within(this.element, '.message-tools', HTMLDivElement)
  readonly #refused = within(this.element, '.refused', HTMLDivElement)
  readonly #flaw = within(this.element, '.refused .flaw', HTMLParagraphElement)
  readonly #editor: InlineEditor
  readonly #isOwn: boolean
  readonly #outbox: Outbox
  #message: ChatMessage
  #isForeseen = false

  constructor(message: ChatMessage, options: { isOwn: boolean; outbox: Outbox; signal: AbortSignal }) {
    const { isOwn, outbox, signal } = options
    const { element } = this
    this.#message = message
    this.#isOwn = isOwn
    this.#outbox = outbox
    const edit = within(element, '[data-edit]', HTMLButtonElement)
    this.#editor = new InlineEditor({
      form: within(element, '.message-form', HTMLFormElement),
      field: within(element, 'textarea', HTMLTextAreaElement),
      flaw: within(element, '.message-body > .flaw', HTMLParagraphElement),
      shown: this.#text,
      opener: edit,
      save: (text) => this.#save(text),
      signal,
    })
    this.#onClick('[data-edit]', () => this.edit(), signal)
    this.#onClick('[data-retry]', () => outbox.retry(this.#message.id), signal)
    this.#onClick('[data-discard]', () => outbox.discard(this.#message.id), signal)
    this.#confirmDelete(signal)

    this.#frame.classList.toggle('own', isOwn)
  }

  /** Whether `message` is what this one was to become. */
  isForeseen({ author, text }: ChatMessage): boolean {
    return this.#isForeseen && author.id === this.#message.author.id && text === this.#message.text
  }

  /** What is being written into it; empty if nothing is. */
  get unsaved(): string {
    return this.#editor.unsaved
  }

  show(message: ChatMessage, { unconfirmed, day, follows }: MessagePlace): void {
    const isSame = this.#message.id === message.id
    this.#message = message
    this.#isForeseen = unconfirmed?.change.type === 'post' || (isSame && this.#isForeseen)
    this.#day.textContent = day
    this.#frame.classList.toggle('follows', follows)
    this.#tools.hidden = !this.#isOwn || unconfirmed !== undefined

    const { author, postedAt, editedAt } = message
    // The server may know its author by another name than the page foresaw.
    paintAvatar(within(this.element, '.avatar', HTMLSpanElement), author)
    within(this.element, '.author', HTMLElement).textContent = author.name
    // What somebody wrote stays to be read until it is confirmed or discarded.
    const text = unconfirmed?.change.type === 'edit' ? unconfirmed.change.text : message.text
    if (this.#text.textContent !== text) this.#text.textContent = text
    const time = within(this.element, 'time', HTMLTimeElement)
    time.dateTime = new Date(postedAt).toISOString()
    time.title = fullFormat.format(postedAt)
    time.textContent = timeFormat.format(postedAt)
    this.#text.classList.toggle('edited', editedAt !== undefined)
    this.#showState(unconfirmed)
  }

  edit(): void {
    this.#editor.open(this.#message.text)
  }

  #showState(unconfirmed: Unconfirmed | undefined): void {
    const flaw = unconfirmed?.flaw ?? ''
    this.#frame.classList.toggle('sending', unconfirmed !== undefined && flaw === '')
    this.#frame.classList.toggle('bad', flaw !== '')
    this.#refused.hidden = flaw === ''
    if (this.#flaw.textContent !== flaw) this.#flaw.textContent = flaw
  }

  async #save(raw: string): Promise<string | undefined> {
    const text = cleanText(raw)
    const flaw = flawOf(text, LIMITS.text)
    if (flaw) return wordsFor(flaw, LIMITS.text)
    if (text !== this.#message.text) this.#outbox.edit(this.#message.id, text)
    return undefined
  }

  /** Deleting takes a second press, so that a slip of the finger loses nothing. */
  #confirmDelete(signal: AbortSignal): void {
    const button = within(this.element, '[data-delete]', HTMLButtonElement)
    const arm = (armed: boolean): void => {
      button.classList.toggle('armed', armed)
      button.textContent = armed ? 'Really delete?' : 'Delete'
    }
    const press = (): void => {
      if (!button.classList.contains('armed')) return arm(true)
      arm(false)
      this.#outbox.delete(this.#message.id)
    }
    button.addEventListener('click', press, { signal })
    button.addEventListener('blur', () => arm(false), { signal })
    button.addEventListener(
      'keydown',
      ({ key }) => {
        if (key === 'Escape') arm(false)
      },
      { signal },
    )
  }

  #onClick(selector: string, act: () => void, signal: AbortSignal): void {
    within(this.element, selector, HTMLButtonElement).addEventListener('click', act, { signal })
  }
}
