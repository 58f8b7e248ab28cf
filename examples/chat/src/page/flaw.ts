import { OFFLINE } from './wording.ts'

/** Told to the window whenever there is a connection. */
export const CONNECTED = 'connected'

/**
 * What is wrong, in words, and only for as long as it is: until somebody writes on, or until there is a connection where
 * that was all that was missing.
 */
export class Flaw {
  readonly #line: HTMLElement
  readonly #field: HTMLElement | undefined

  /** @param field what it is that is wrong, if it was written */
  constructor(line: HTMLElement, field?: HTMLElement, options: { readonly signal?: AbortSignal } = {}) {
    this.#line = line
    this.#field = field
    this.clear()
    field?.addEventListener('input', () => this.clear(), options)
    addEventListener(CONNECTED, () => void (line.textContent === OFFLINE && this.clear()), options)
  }

  say(words: string): void {
    this.#line.textContent = words
    this.#field?.setAttribute('aria-invalid', String(words !== ''))
  }

  clear(): void {
    this.say('')
  }
}
