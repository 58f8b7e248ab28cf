import { RequestError } from '../request-error.ts'
import { Outcome } from './outcome.ts'

/** What became of a session's numbered requests: of the newest ones, and of all that are still under way. */
export class Outcomes {
  readonly #limit: number
  readonly #maxBytes: number
  /** Bytes of the answers that are remembered. */
  #bytes = 0
  readonly #byMid = new Map<number, Outcome>()
  /** Up to here, what is not remembered may have been forgotten. */
  #forgotten = 0

  constructor(limit: number, maxBytes: number) {
    this.#limit = limit
    this.#maxBytes = maxBytes
  }

  /**
   * What became, or becomes, of the request `mid`; `undefined` if this session never had it.
   *
   * @throws RequestError `UNKNOWN_OUTCOME` if it may have been forgotten.
   */
  find(mid: number): Outcome | undefined {
    const known = this.#byMid.get(mid)
    if (known || mid > this.#forgotten) return known
    throw new RequestError('UNKNOWN_OUTCOME', `what became of request ${mid} is not remembered`)
  }

  /**
   * Begins the request `mid`, which this session never had.
   *
   * @throws RequestError `TOO_MANY_PENDING` if as many as can be remembered are still under way.
   */
  open(mid: number): Outcome {
    if (this.#byMid.size >= this.#limit && !this.#forgetOne()) {
      throw new RequestError('TOO_MANY_PENDING', `${this.#limit} numbered requests are under way`)
    }
    const outcome = new Outcome()
    this.#byMid.set(mid, outcome)
    outcome.tell(() => this.#weigh(outcome))
    return outcome
  }

  /** The newest is remembered, whatever its size. */
  #weigh(newest: Outcome): void {
    this.#bytes += newest.bytes
    while (this.#bytes > this.#maxBytes && this.#forgetOne(newest));
  }

  /** Forgets the oldest that is settled, if there is one: what is under way still needs its record. */
  #forgetOne(spared?: Outcome): boolean {
    for (const [mid, outcome] of this.#byMid) {
      if (!outcome.isSettled || outcome === spared) continue
      this.#byMid.delete(mid)
      this.#bytes -= outcome.bytes
      this.#forgotten = Math.max(this.#forgotten, mid)
      return true
    }
    return false
  }
}
