import type { RequestError } from './request-error.ts'

/** Who waits for an answer. Callbacks, because what follows an answer in the same message may depend on it. */
export interface PendingRequest {
  answer(result: object): void
  refused(error: unknown): void
  fail(error: RequestError): void
}

/** The requests of one connection that have no answer yet, by their ids. */
export class PendingRequests {
  readonly #pending = new Map<number, PendingRequest>()
  #lastId = 0

  /** Answers the id of the new request. */
  add(pending: PendingRequest): number {
    this.#pending.set(++this.#lastId, pending)
    return this.#lastId
  }

  /** The request of that id, which is then settled. */
  take(id: number | undefined): PendingRequest | undefined {
    if (id === undefined) return undefined
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  failAll(error: RequestError): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const each of pending) each.fail(error)
  }
}
