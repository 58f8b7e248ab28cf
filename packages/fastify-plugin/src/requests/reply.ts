import type { AnswerTo, RequestType, ServerFrame } from '@livestore-kv/core/protocol'

/** How a request of type `K` is answered. */
export class Reply<K extends RequestType = RequestType> {
  readonly #settle: (frame: (id: number) => ServerFrame) => void

  constructor(settle: (frame: (id: number) => ServerFrame) => void) {
    this.#settle = settle
  }

  answer(result: AnswerTo<K>): void {
    this.#settle((id) => ({ type: 'answer', id, result }))
  }

  /** Answers with what `result` makes when there is room for it; what it throws fails the request. */
  answerWith(result: () => AnswerTo<K>): void {
    this.#settle((id) => ({ type: 'answer', id, result: result() }))
  }

  /** The value said no. */
  refuse(error: unknown): void {
    // JSON has no `undefined`, and a refusal without its error is no frame.
    this.#settle((id) => ({ type: 'refused', id, error: error ?? null }))
  }
}
