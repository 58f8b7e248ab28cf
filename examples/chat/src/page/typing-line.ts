import type { ChatMessage, Person } from '../definitions.ts'
import { byId } from './element.ts'
import { isolated } from './wording.ts'

/** How long somebody counts as typing after the last sign of it. */
const TYPING_MS = 4_000

interface Typing {
  readonly name: string
  readonly at: number
  readonly timer: ReturnType<typeof setTimeout>
}

/** Says who is writing right now. */
export class TypingLine {
  readonly #line = byId('typing', HTMLParagraphElement)
  readonly #typing = new Map<string, Typing>()
  readonly #now: () => number

  /** @param now by the server's clock, in milliseconds since 1970 */
  constructor(now: () => number, signal: AbortSignal) {
    this.#now = now
    signal.addEventListener('abort', () => {
      for (const id of this.#typing.keys()) this.#stop(id)
    })
  }

  /** Somebody was typing; whoever comes back after a cut hears of it late. */
  start({ id, name }: Person, at: number): void {
    const leftMs = at + TYPING_MS - this.#now()
    if (leftMs <= 0) return
    clearTimeout(this.#typing.get(id)?.timer)
    this.#typing.set(id, { name, at, timer: setTimeout(() => this.#stop(id), leftMs) })
    this.#paint()
  }

  /** Whoever has posted since is not typing any more. */
  follow(messages: readonly ChatMessage[]): void {
    for (const { author, postedAt } of messages) {
      const typing = this.#typing.get(author.id)
      if (typing && typing.at <= postedAt) this.#stop(author.id)
    }
  }

  #stop(id: string): void {
    clearTimeout(this.#typing.get(id)?.timer)
    this.#typing.delete(id)
    this.#paint()
  }

  #paint(): void {
    const [one, two, ...more] = [...this.#typing.values()].map(({ name }) => isolated(name))
    let text = ''
    if (one) text = `${one} is typing…`
    if (one && two) text = `${one} and ${two} are typing…`
    if (more.length > 0) text = 'Several people are typing…'
    if (this.#line.textContent !== text) this.#line.textContent = text
  }
}
