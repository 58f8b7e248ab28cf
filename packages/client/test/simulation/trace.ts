/** Lines of a trace that are kept: what led to a fault, and not the whole way there. */
const LINES = 400
/** Characters of a line that are shown. */
const WIDTH = 240

/** What happened last before the first fault, in the order in which it happened. */
export class Trace {
  readonly #now: () => number
  readonly #startedAt: number
  readonly #lines: (readonly [number, string, string])[] = []
  #isOver = false

  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  /** Each as milliseconds since the start, who, and what. */
  get lines(): readonly string[] {
    return this.#lines.map(([at, who, what]) => `${at} ${who} ${what}`.slice(0, WIDTH))
  }

  add(who: string, what: string): void {
    if (this.#isOver) return
    this.#lines.push([this.#now() - this.#startedAt, who, what])
    if (this.#lines.length > LINES) this.#lines.shift()
  }

  /** Something went wrong: what comes after it explains nothing. */
  end(fault: string): void {
    this.add('!', fault)
    this.#isOver = true
  }
}
