import type { ReferenceEntry } from './reference-entry.ts'

/** An update as the model knows it; entries are named by incarnation and version. */
export interface ReferenceUpdate {
  readonly type: string
  readonly key?: string
  readonly [member: string]: unknown
}

/** What a watch must hand out: every update in order, or one `lagged` and the final remove. */
export class ReferenceWatch {
  readonly key: string | undefined
  readonly awaitsCreation: boolean
  /** The one incarnation that it watches, if it is one. */
  readonly subject: ReferenceEntry | undefined
  readonly heard: ReferenceUpdate[] = []
  readonly #capacity: number
  #buffer: ReferenceUpdate[] = []
  #missed = 0
  #missedMessages = 0
  #listening = false
  ended = false

  constructor(
    key: string | undefined,
    awaitsCreation: boolean,
    capacity: number,
    subject: ReferenceEntry | undefined,
  ) {
    this.key = key
    this.subject = subject
    this.awaitsCreation = awaitsCreation
    this.#capacity = capacity
  }

  deliver(update: ReferenceUpdate): void {
    if (this.ended) return
    if (this.#listening) {
      this.heard.push(update)
      return
    }
    this.#buffer.push(update)
    if (this.#missed === 0 && this.#buffer.length <= this.#capacity) return
    const last = !this.awaitsCreation || update['reason'] === 'closed'
    const final = update.type === 'remove' && this.key !== undefined && last
    const lost = final ? this.#buffer.slice(0, -1) : this.#buffer
    this.#buffer = final ? [update] : []
    this.#missed += lost.length
    this.#missedMessages += lost.filter(({ type }) => type === 'message').length
  }

  /** What a reader gets next; `current` names the newest entry. */
  take(current: unknown): ReferenceUpdate | undefined {
    if (this.#missed === 0) return this.#buffer.shift()
    const { key } = this
    const lagged = { missed: this.#missed, missedMessages: this.#missedMessages, entry: current }
    this.#missed = 0
    this.#missedMessages = 0
    return { type: 'lagged', ...(key !== undefined && { key }), ...lagged }
  }

  listen(current: unknown): void {
    this.#listening = true
    for (let update = this.take(current); update; update = this.take(current)) this.heard.push(update)
  }

  close(): void {
    this.#buffer = []
    this.#missed = 0
    this.ended = true
  }
}
