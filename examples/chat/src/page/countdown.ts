import { byId } from './element.ts'

const SOON_MS = 60_000

/** Shows how long a room stays open if nothing happens in it, and warns in its last minute. */
export class Countdown {
  readonly #line = byId('countdown', HTMLParagraphElement)
  readonly #time = byId('countdown-time', HTMLSpanElement)
  readonly #closing = byId('closing', HTMLDivElement)
  readonly #now: () => number
  #expiresAt: number | undefined

  constructor(options: {
    readonly now: () => number
    readonly onStay: () => void
    readonly signal: AbortSignal
  }) {
    const { now, onStay, signal } = options
    this.#now = now
    this.show(undefined)
    byId('stay', HTMLButtonElement).addEventListener('click', onStay, { signal })
    const timer = setInterval(() => this.#paint(), 250)
    signal.addEventListener('abort', () => clearInterval(timer))
  }

  /** @param expiresAt milliseconds since 1970, by the server's clock; `undefined` = never */
  show(expiresAt: number | undefined): void {
    this.#expiresAt = expiresAt
    this.#paint()
  }

  #paint(): void {
    const leftMs = this.#expiresAt === undefined ? Infinity : Math.max(0, this.#expiresAt - this.#now())
    const soon = leftMs <= SOON_MS
    this.#line.hidden = leftMs === Infinity
    this.#line.classList.toggle('soon', soon)
    if (this.#closing.hidden === soon) this.#closing.hidden = !soon
    const text = clockOf(leftMs)
    if (this.#time.textContent !== text) this.#time.textContent = text
  }
}

function clockOf(ms: number): string {
  if (ms === Infinity) return ''
  const seconds = Math.floor(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
