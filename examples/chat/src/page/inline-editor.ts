import { within } from './element.ts'
import { Flaw } from './flaw.ts'
import { wordsForError } from './wording.ts'

export interface InlineEditorOptions {
  readonly form: HTMLFormElement
  readonly field: HTMLInputElement | HTMLTextAreaElement
  /** Says why a text was not taken. */
  readonly flaw: HTMLElement
  /** What the form takes the place of while it is open. */
  readonly shown: HTMLElement
  /** Has the focus when the form closes. */
  readonly opener: HTMLElement
  /** Answers what is wrong with the text, in words; nothing, and the form closes. */
  readonly save: (text: string) => Promise<string | undefined>
  readonly onClose?: () => void
  readonly signal: AbortSignal
}

/** A text that is edited where it stands: Enter saves, Escape leaves it as it was. */
export class InlineEditor {
  readonly #options: InlineEditorOptions
  readonly #flaw: Flaw

  constructor(options: InlineEditorOptions) {
    const { form, field, flaw, signal } = options
    this.#options = options
    this.#flaw = new Flaw(flaw, field, { signal })
    this.#show(false)
    form.addEventListener('submit', (event) => void this.#submit(event), { signal })
    within(form, '[data-cancel]', HTMLButtonElement).addEventListener('click', () => this.close(), { signal })
    form.addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Escape') this.close()
      },
      { signal },
    )
    const submit = (event: Event): void => {
      if (event instanceof KeyboardEvent && isSubmit(event)) {
        event.preventDefault()
        form.requestSubmit()
      }
    }
    field.addEventListener('keydown', submit, { signal })
  }

  get isOpen(): boolean {
    return !this.#options.form.hidden
  }

  /** What was written and is not saved; empty if nothing was. */
  get unsaved(): string {
    const { value, defaultValue } = this.#options.field
    return this.isOpen && value !== defaultValue ? value : ''
  }

  open(text: string): void {
    const { field } = this.#options
    field.defaultValue = text
    field.value = text
    this.#show(true)
    field.focus()
    field.select()
  }

  close(): void {
    if (!this.isOpen) return
    const { opener, onClose } = this.#options
    this.#show(false)
    opener.focus()
    onClose?.()
  }

  complain(words: string): void {
    this.#flaw.say(words)
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const { field, save } = this.#options
    const flaw = await save(field.value).catch(wordsForError)
    if (flaw === undefined) return this.close()
    this.complain(flaw)
    field.focus()
  }

  #show(open: boolean): void {
    this.#flaw.clear()
    this.#options.form.hidden = !open
    this.#options.shown.hidden = open
  }
}

/** Whether a key sends what was written: Enter does, Shift and Enter begin a line, and an input method keeps its own. */
export function isSubmit({ key, shiftKey, isComposing }: KeyboardEvent): boolean {
  return key === 'Enter' && !shiftKey && !isComposing
}
