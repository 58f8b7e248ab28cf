import { RequestError } from '../request-error.ts'
import { Outcome } from './outcome.ts'

/** What became of a session's numbered requests: of the newest ones, and of all that are still under way. */
export class Outcomes {
  readonly #limit: number
  readonly #byMid = new Map<number, Outcome>()
  /** Up to here, what is not remembered may have been forgotten. */
  #forgotten = 0

  constructor(limit: number) {
    this.#limit = limit
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
    if (this.#byMid.size >= this.#limit) this.#forgetOne()
    const outcome = new Outcome()
    this.#byMid.set(mid, outcome)
    return outcome
  }

  // The oldest that is settled: what is under way still needs its record.
  #forgetOne(): void {
    for (const [mid, outcome] of this.#byMid) {
      if (!outcome.isSettled) continue
      this.#byMid.delete(mid)
      this.#forgotten = Math.max(this.#forgotten, mid)
      return
    }
    throw new RequestError('TOO_MANY_PENDING', `${this.#limit} numbered requests are under way`)
  }
}
