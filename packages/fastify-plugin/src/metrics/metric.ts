import type { RequestType, WireErrorCode } from '@livestore-kv/core/protocol'
import type { DropReason } from './tally.ts'

interface Measure<Kind extends string, Name extends string, Unit extends string, Attributes> {
  /** Which instrument of OpenTelemetry takes it. */
  readonly kind: Kind
  readonly name: Name
  /** As UCUM writes it. */
  readonly unit: Unit
  /** What a counter grows by, or what a histogram records. */
  readonly value: number
  readonly attributes: Attributes
}

type None = Readonly<Record<never, never>>

/** One measurement, named as OpenTelemetry names instruments and attributes. */
export type Metric =
  | Measure<'upDownCounter', 'livestore.server.connection.count', '{connection}', None>
  | Measure<'upDownCounter', 'livestore.server.session.count', '{session}', None>
  | Measure<
      'upDownCounter',
      'livestore.server.subscription.count',
      '{subscription}',
      { readonly 'livestore.store': string; readonly 'livestore.subscription.type': 'entry' | 'listing' }
    >
  /** From its arrival to its answer, also of what was refused or failed. */
  | Measure<
      'histogram',
      'livestore.server.request.duration',
      's',
      {
        /** Absent where a frame was too broken to say. */
        readonly 'livestore.request.type'?: RequestType
        readonly 'livestore.outcome': 'answer' | 'refused' | 'error'
        /** Only of an error. */
        readonly 'error.type'?: WireErrorCode
      }
    >
  /** How long a session waited for a lock that it got. */
  | Measure<'histogram', 'livestore.server.lock.wait_time', 's', { readonly 'livestore.store': string }>
  /** Once for each subscriber. */
  | Measure<'counter', 'livestore.server.update.delivered', '{update}', None>
  /** How many updates a subscriber had missed that was told it lagged. */
  | Measure<'histogram', 'livestore.server.update.missed', '{update}', None>
  | Measure<
      'counter',
      'livestore.server.dropped',
      '{frame}',
      { readonly 'livestore.drop.reason': DropReason }
    >
  /** Connections that the server closed. */
  | Measure<
      'counter',
      'livestore.server.connection.closed',
      '{connection}',
      { readonly 'livestore.close.code': number }
    >
  | Measure<
      'counter',
      'livestore.server.network.io',
      'By',
      { readonly 'network.io.direction': 'receive' | 'transmit' }
    >
