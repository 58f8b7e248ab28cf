import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import type { HelloFrame } from '@livestore-kv/core/protocol'
import { FakeClock } from '@livestore-kv/core/testing'
import { Endpoint } from '../src/endpoint.ts'
import type { EndpointOptions } from '../src/options/endpoint-options.ts'
import { note, sealed } from './definitions.ts'
import type { NoteTypes, SealedTypes } from './definitions.ts'
import { MemoryClient } from './memory-client.ts'

export interface MemoryServer {
  readonly clock: FakeClock
  readonly endpoint: Endpoint
  readonly notes: Store<NoteTypes>
  readonly sealeds: Store<SealedTypes>
  /** What no client could be told. */
  readonly errors: unknown[]
  readonly connect: (user: string, fields?: Partial<HelloFrame>) => Promise<MemoryClient>
}

type Options = Partial<Omit<EndpointOptions, 'limits'>> & {
  readonly limits?: Partial<EndpointOptions['limits']>
}

/** An endpoint without sockets, on a clock that stands still. Everybody may do everything, unless `options` say otherwise. */
export function memoryServer({ limits, ...options }: Options = {}): MemoryServer {
  const clock = new FakeClock()
  const notes = createStore(note, { clock })
  const sealeds = createStore(sealed, { clock })
  const errors: unknown[] = []
  const endpoint = new Endpoint({
    stores: [notes, sealeds],
    authenticate: ({ token }) => (token === undefined ? undefined : { user: token, userId: token }),
    authorize: () => true,
    prepare: new Map(),
    views: new Map(),
    limits: {
      messageBytes: 65_536,
      subscriptions: 128,
      requestsPerSecond: 50,
      requestBurst: 100,
      pending: 256,
      listing: 1_000,
      leaseMs: 30_000,
      outcomes: 256,
      waitMs: 30_000,
      ...limits,
    },
    scanLimit: 10_000,
    helloMs: 10_000,
    hookMs: 5_000,
    historyBytes: 67_108_864,
    graceMs: 120_000,
    restingSessions: 3,
    presence: { disconnectGraceMs: 8_000, placesPerSession: 16 },
    pingMs: 25_000,
    stallMs: 10_000,
    drain: { afterMs: 1_000, jitterMs: 5_000 },
    budgetBytes: 1_048_576,
    capBytes: 4_194_304,
    clock,
    onError: (error) => errors.push(error),
    ...options,
  })
  return {
    clock,
    endpoint,
    notes,
    sealeds,
    errors,
    connect: (user, fields) => MemoryClient.connect(endpoint, user, fields),
  }
}

/** Until everything that was asked for has been carried out and written. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
