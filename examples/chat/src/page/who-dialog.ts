import { LIMITS } from '../definitions.ts'
import { cleanName, flawOf } from '../text.ts'
import { byId } from './element.ts'
import { Flaw } from './flaw.ts'
import type { Identity } from './identity.ts'
import { wordsFor } from './wording.ts'

/** Asks for the name that the others see. */
export class WhoDialog {
  readonly #dialog = byId('who', HTMLDialogElement)
  readonly #name = byId('who-name', HTMLInputElement)
  readonly #flaw = new Flaw(byId('who-flaw', HTMLParagraphElement), this.#name)
  readonly #identity: Identity

  constructor(identity: Identity) {
    this.#identity = identity
    byId('who-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      const name = cleanName(this.#name.value)
      const flaw = flawOf(name, LIMITS.personName)
      this.#flaw.say(flaw ? wordsFor(flaw, LIMITS.personName) : '')
      if (flaw) return this.#name.focus()
      identity.name = name
      this.#dialog.close()
    })
  }

  /** Until there is a name: the one that was given, or the one that there was. */
  async ask(): Promise<void> {
    this.#name.value = this.#identity.name
    this.#flaw.clear()
    this.#dialog.showModal()
    this.#name.select()
    await new Promise((resolve) => this.#dialog.addEventListener('close', resolve, { once: true }))
    // Somebody without a name cannot come in, and a browser closes the dialog on Escape whatever the page says.
    if (this.#identity.name === '') await this.ask()
  }
}
