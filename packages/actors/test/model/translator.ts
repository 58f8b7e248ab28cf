import type { Entry, Update } from '@livestore-kv/core'
import type { FooTypes } from '@livestore-kv/core/testing'
import { failure, nothing } from './answer.ts'
import type { Answer } from './answer.ts'
import type { ReferenceUpdate } from './reference-watch.ts'

/** What a call of the store came to. */
export type Outcome = { readonly answer: unknown } | { readonly error: unknown }

/** Says what the store says in the words of the model. */
export class Translator {
  readonly #grantOf: (guard: object) => number | undefined
  readonly #incarnations = new Map<number, number>()

  constructor(grantOf: (guard: object) => number | undefined) {
    this.#grantOf = grantOf
  }

  /** Learns which incarnation an epoch is; an epoch that was used before keeps its meaning. */
  learn(epoch: number, incarnation: number): void {
    if (!this.#incarnations.has(epoch)) this.#incarnations.set(epoch, incarnation)
  }

  answer(outcome: Outcome): Answer {
    if ('error' in outcome) return failure(outcome.error)
    const { answer } = outcome
    if (answer === undefined) return nothing
    if (typeof answer !== 'object' || answer === null) return { is: 'plain', value: answer }
    if ('token' in answer) {
      return { is: 'guard', grant: this.#grantOf(answer) ?? Number.NaN }
    }
    // Every other object that a store answers with is an entry or a result.
    const result = answer as
      | Entry<FooTypes>
      | { ok: true; value: Entry<FooTypes> }
      | { ok: false; error: string }
    if ('ok' in result)
      return result.ok ? this.answer({ answer: result.value }) : { is: 'refused', error: result.error }
    const incarnation = this.#incarnations.get(result.epoch) ?? Number.NaN
    return { is: 'entry', incarnation, version: result.version, bar: result.value.bar }
  }

  /** Names an entry. */
  label({ epoch, version }: Entry<FooTypes>): string {
    return `${this.#incarnations.get(epoch) ?? '?'}.${version}`
  }

  /** An update in the words of the model. */
  update(update: Update<FooTypes>): ReferenceUpdate {
    const { type } = update
    const message = 'message' in update && update.message !== undefined
    switch (type) {
      case 'create':
        return { type, key: update.key, entry: this.label(update.entry) }
      case 'message':
        return { type, entry: this.label(update.entry), key: update.key }
      case 'overwrite':
        return { type, key: update.key, old: this.label(update.old), new: this.label(update.new), message }
      case 'transition':
        throw new Error('nothing here has a life of its own')
      case 'mutate': {
        const bar = 'bar' in update.mutation ? update.mutation.bar : undefined
        return { type, key: update.key, old: this.label(update.old), new: this.label(update.new), bar }
      }
      case 'remove':
        return { type, key: update.key, old: this.label(update.old), reason: update.reason, message }
      case 'lock':
        return { type, key: update.key, holder: update.holder, expiresAt: update.expiresAt }
      case 'unlock':
        return { type, key: update.key }
      case 'deadline':
        return { type, key: update.key, expiresAt: update.expiresAt }
      case 'lagged': {
        const { key, missed, missedMessages, entry } = update
        return {
          type,
          ...(key !== undefined && { key }),
          missed,
          missedMessages,
          entry: entry && this.label(entry),
        }
      }
    }
  }
}
