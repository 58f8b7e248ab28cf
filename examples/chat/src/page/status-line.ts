import type { ClientStatus } from '@livestore-kv/client'
import { byId } from './element.ts'

const NEWS_MS = 6_000

/** The line above everything that says how the connection is, while there is something to say. */
export class StatusLine {
  readonly #line = byId('status', HTMLParagraphElement)
  readonly #text = byId('status-text', HTMLSpanElement)
  /** Beside what is read out: a number that changes every second would be read every second. */
  readonly #wait = byId('status-wait', HTMLSpanElement)
  readonly #retry = byId('status-retry', HTMLButtonElement)
  #timer: ReturnType<typeof setTimeout> | undefined
  #wasLost = false

  constructor(onRetry: () => void) {
    this.#retry.addEventListener('click', onRetry)
  }

  show(status: ClientStatus): void {
    switch (status.phase) {
      case 'connecting':
        if (this.#wasLost) return this.#lament('…')
        return this.#say('quiet', 'Connecting…')
      case 'online':
        if (status.outdated.length > 0) {
          this.#say('bad', 'This page is older than its server. Load it again.')
        } else if (this.#wasLost) this.tell('Connected again.')
        else this.#line.hidden = true
        this.#wasLost = false
        return
      case 'waiting':
        this.#wasLost = true
        return this.#count(status.retryAt)
      case 'ended':
        this.#wasLost = true
        this.#say('bad', `The server ended the connection: ${status.reason || `code ${status.code}`}.`)
        this.#retry.hidden = false
        return
      case 'closed':
        this.#line.hidden = true
    }
  }

  /** Says something for a few seconds. */
  tell(news: string): void {
    this.#say('good', news)
    this.#timer = setTimeout(() => (this.#line.hidden = true), NEWS_MS)
  }

  #count(retryAt: number): void {
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000))
    this.#lament(` in ${seconds} s.`)
    this.#retry.hidden = false
    this.#timer = setTimeout(() => this.#count(retryAt), 1_000)
  }

  #lament(wait: string): void {
    const cause = navigator.onLine ? 'The connection is lost.' : 'You are offline.'
    this.#say('bad', `${cause} Trying again`)
    this.#wait.textContent = wait
  }

  #say(mood: 'quiet' | 'good' | 'bad', text: string): void {
    clearTimeout(this.#timer)
    this.#line.dataset['mood'] = mood
    // A live region that is filled with what it holds already is read again.
    if (this.#text.textContent !== text) this.#text.textContent = text
    this.#wait.textContent = ''
    this.#retry.hidden = true
    this.#line.hidden = false
  }
}
