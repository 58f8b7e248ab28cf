import type { Clock } from '@livestore-kv/core'
import type { ErrorFrame, RequestType, ServerFrame } from '@livestore-kv/core/protocol'
import type { Metric } from './metric.ts'
import type { DropReason } from './tally.ts'

const NONE = {}

/** Hands measurements to the application, which cannot do harm by what it does with them. */
export class Meter {
  readonly #onMetric: (metric: Metric) => unknown
  readonly #onError: (error: unknown) => void
  readonly #clock: Clock
  /** Whether it failed the last time: a hook that always does is reported once. */
  #isFailing = false

  constructor(onMetric: (metric: Metric) => unknown, clock: Clock, onError: (error: unknown) => void) {
    this.#onMetric = onMetric
    this.#clock = clock
    this.#onError = onError
  }

  connections(value: 1 | -1): void {
    const name = 'livestore.server.connection.count'
    this.#tell({ kind: 'upDownCounter', name, unit: '{connection}', value, attributes: NONE })
  }

  sessions(value: 1 | -1): void {
    const name = 'livestore.server.session.count'
    this.#tell({ kind: 'upDownCounter', name, unit: '{session}', value, attributes: NONE })
  }

  subscriptions(value: 1 | -1, store: string, type: 'entry' | 'listing'): void {
    const name = 'livestore.server.subscription.count'
    const attributes = { 'livestore.store': store, 'livestore.subscription.type': type }
    this.#tell({ kind: 'upDownCounter', name, unit: '{subscription}', value, attributes })
  }

  /** What `frame` settles was asked for at `startedAt`. */
  request(type: RequestType | undefined, frame: ServerFrame, startedAt: number | undefined): void {
    if (frame.type !== 'answer' && frame.type !== 'refused' && frame.type !== 'error') return
    this.#tell({
      kind: 'histogram',
      name: 'livestore.server.request.duration',
      unit: 's',
      value: startedAt === undefined ? 0 : this.#secondsSince(startedAt),
      attributes: {
        ...(type !== undefined && { 'livestore.request.type': type }),
        'livestore.outcome': frame.type,
        // This server writes no other codes.
        ...(frame.type === 'error' && { 'error.type': (frame as ErrorFrame).code }),
      },
    })
  }

  /** `store` gave a lock that was asked for at `startedAt`. */
  lock(store: string, startedAt: number): void {
    const name = 'livestore.server.lock.wait_time'
    const value = this.#secondsSince(startedAt)
    this.#tell({ kind: 'histogram', name, unit: 's', value, attributes: { 'livestore.store': store } })
  }

  delivered(value: number): void {
    const name = 'livestore.server.update.delivered'
    this.#tell({ kind: 'counter', name, unit: '{update}', value, attributes: NONE })
  }

  missed(value: number): void {
    const name = 'livestore.server.update.missed'
    this.#tell({ kind: 'histogram', name, unit: '{update}', value, attributes: NONE })
  }

  dropped(reason: DropReason, value: number): void {
    const attributes = { 'livestore.drop.reason': reason }
    this.#tell({ kind: 'counter', name: 'livestore.server.dropped', unit: '{frame}', value, attributes })
  }

  closed(code: number): void {
    const name = 'livestore.server.connection.closed'
    const attributes = { 'livestore.close.code': code }
    this.#tell({ kind: 'counter', name, unit: '{connection}', value: 1, attributes })
  }

  bytes(direction: 'receive' | 'transmit', value: number): void {
    const attributes = { 'network.io.direction': direction }
    this.#tell({ kind: 'counter', name: 'livestore.server.network.io', unit: 'By', value, attributes })
  }

  #secondsSince(startedAt: number): number {
    return (this.#clock.now() - startedAt) / 1_000
  }

  #tell(metric: Metric): void {
    try {
      const answer = this.#onMetric(metric)
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#fail(error))
      else this.#isFailing = false
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (!this.#isFailing) this.#onError(error)
    this.#isFailing = true
  }
}
