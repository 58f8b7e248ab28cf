import type { Definition, Entry, LiveValueTypes, MutationOf } from '@livestore-kv/core'
import type { Position } from '@livestore-kv/core/protocol'
import type { Session } from '../session/session.ts'

/** One mutation that was asked for and is shown before the server has told of it. */
export interface Prediction<T extends LiveValueTypes> {
  readonly mutation: MutationOf<T>
  /** Where the server says it led, once it has answered. */
  committed?: Position
}

/** Mutations on top of what the server has told, in the order in which they were asked for. */
export class Predictions<T extends LiveValueTypes> {
  readonly #definition: Definition<T>
  readonly #session: Session
  readonly #predictions = new Set<Prediction<T>>()

  constructor(definition: Definition<T>, session: Session) {
    this.#definition = definition
    this.#session = session
  }

  /** Whether the server has not answered all of them: an update may be what one of them led to. */
  get areOpen(): boolean {
    return [...this.#predictions].some(({ committed }) => !committed)
  }

  add(mutation: MutationOf<T>): Prediction<T> {
    const prediction: Prediction<T> = { mutation }
    this.#predictions.add(prediction)
    return prediction
  }

  drop(prediction: Prediction<T>): void {
    this.#predictions.delete(prediction)
  }

  clear(): void {
    this.#predictions.clear()
  }

  /**
   * What `entry`, which the server has told, will be. What it includes, or was meant for another incarnation, is left out
   * for good, and so is what throws; what the value refuses is left to the server.
   */
  predict(entry: Entry<T>): Entry<T> {
    let predicted = entry
    for (const prediction of this.#predictions) {
      const { mutation, committed } = prediction
      if (committed && (committed.epoch !== entry.epoch || committed.version <= entry.version)) {
        this.drop(prediction)
        continue
      }
      try {
        const result = this.#definition.mutate(predicted, mutation)
        if (!result.ok) continue
        predicted = {
          ...predicted,
          value: result.value,
          version: predicted.version + 1,
          changedAt: this.#session.now(),
        }
      } catch (error) {
        this.drop(prediction)
        this.#session.options.onError(error)
      }
    }
    return predicted
  }
}
