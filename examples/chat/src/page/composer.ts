import { LIMITS } from '../definitions.ts'
import { cleanText, flawOf } from '../text.ts'
import { byId } from './element.ts'
import { Flaw } from './flaw.ts'
import { isSubmit } from './inline-editor.ts'
import { wordsFor } from './wording.ts'

/** How often the others hear that somebody is still typing. */
const TYPING_EVERY_MS = 2_000

export interface ComposerOptions {
  /** What was written here before and not sent. */
  readonly draft: string
  readonly onDraft: (draft: string) => void
  readonly onTyping: () => void
  /** The arrow up in an empty draft. */
  readonly onRecall: () => void
  readonly send: (text: string) => void
  readonly signal: AbortSignal
}

/** Where messages are written: Enter sends, and what was not sent stays. */
export class Composer {
  readonly #draft = byId('draft', HTMLTextAreaElement)
  readonly #flaw: Flaw
  readonly #options: ComposerOptions
  #toldAt = -Infinity

  constructor(options: ComposerOptions) {
    this.#options = options
    const { draft, signal } = options
    const form = byId('composer', HTMLFormElement)
    this.#draft.value = draft
    this.#flaw = new Flaw(byId('draft-flaw', HTMLParagraphElement), this.#draft, { signal })
    form.addEventListener('submit', (event) => this.#submit(event), { signal })
    this.#draft.addEventListener('input', () => this.#changed(), { signal })
    this.#draft.addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'ArrowUp' && this.#draft.value === '') {
          event.preventDefault()
          options.onRecall()
        }
        if (!isSubmit(event)) return
        event.preventDefault()
        form.requestSubmit()
      },
      { signal },
    )
  }

  focus(): void {
    this.#draft.focus()
  }

  /** Takes over what was being written into a message that is gone. */
  adopt(text: string): void {
    this.#draft.value = [this.#draft.value, text].filter(Boolean).join('\n')
    this.#options.onDraft(this.#draft.value)
    this.#flaw.say('The message that you were editing is gone. What you wrote is here now.')
  }

  #changed(): void {
    this.#options.onDraft(this.#draft.value)
    const now = Date.now()
    if (this.#draft.value.trim() === '' || now - this.#toldAt < TYPING_EVERY_MS) return
    this.#toldAt = now
    this.#options.onTyping()
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault()
    const text = cleanText(this.#draft.value)
    const flaw = flawOf(text, LIMITS.text)
    // Enter on an empty line is a slip, not something to complain about.
    if (flaw === 'empty') return
    this.#flaw.say(flaw ? wordsFor(flaw, LIMITS.text) : '')
    if (flaw) return

    this.#options.send(text)
    this.#draft.value = ''
    this.#toldAt = -Infinity
    this.#options.onDraft('')
  }
}
