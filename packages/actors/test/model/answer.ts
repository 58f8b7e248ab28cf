import { StoreError } from '@livestore-kv/core'

/** What a call came to, in a form in which the model and the store can be compared. */
export type Answer =
  | { readonly is: 'nothing' }
  | { readonly is: 'plain'; readonly value: unknown }
  | { readonly is: 'entry'; readonly incarnation: number; readonly version: number; readonly bar: number }
  | { readonly is: 'refused'; readonly error: string }
  | { readonly is: 'guard'; readonly grant: number }
  | { readonly is: 'error'; readonly code: string }

export const nothing: Answer = { is: 'nothing' }

/** The answer that stands for a failure: a code of the store, or the message of another error. */
export function failure(error: unknown): Answer {
  return { is: 'error', code: error instanceof StoreError ? error.code : String(error) }
}

/** The answer that is expected of one call, as soon as the model knows it. */
export class Ticket {
  #answer: Answer | undefined

  get answer(): Answer | undefined {
    return this.#answer
  }

  settle(answer: Answer): this {
    if (this.#answer !== undefined) throw new Error('the model settled a call twice')
    this.#answer = answer
    return this
  }
}
