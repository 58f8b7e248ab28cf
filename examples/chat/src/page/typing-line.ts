import type { Person } from '../definitions.ts'
import { byId } from './element.ts'
import { isolated } from './wording.ts'

/** How long somebody counts as typing after the last sign of it. */
const TYPING_MS = 4_000

/** Says who is writing right now. */
export class TypingLine {
  readonly #line = byId('typing', HTMLParagraphElement)
  readonly #typing = new Map<
    string,
    { readonly name: string; readonly timer: ReturnType<typeof setTimeout> }
  >()

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => {
      for (const id of this.#typing.keys()) this.stop(id)
    })
  }

  start({ id, name }: Person): void {
    clearTimeout(this.#typing.get(id)?.timer)
    this.#typing.set(id, { name, timer: setTimeout(() => this.stop(id), TYPING_MS) })
    this.#paint()
  }

  stop(id: string): void {
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
