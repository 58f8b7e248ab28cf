import type { AnyLiveStore } from '@livestore-kv/core'
import type { Transport } from './connections/transport.ts'
import { Endpoint } from './endpoint.ts'
import type { LivestoreStats } from './metrics/livestore-stats.ts'
import { callable } from './options/option-checks.ts'
import { resolveServing } from './options/resolve-serving.ts'
import type { ServingOptions } from './options/serving-options.ts'
import type { NeededStamps } from './options/stamps.ts'
import type { NeededViews } from './options/view-options.ts'

/** What the plugin serves, without Fastify; `R` is what a connection comes with, for `authenticate`. */
export interface CreateEndpointOptions<S extends AnyLiveStore, U, R> extends ServingOptions<S, U, R> {
  /** Receives what no client can be told; `request` is what the connection came with. */
  readonly onError: (error: unknown, request?: R) => void
}

/** What is done with one connection. */
export interface EndpointConnection {
  /** Takes one message. */
  receive(message: string | Uint8Array): void
  /** Takes a ping or pong of the transport itself, which counts as a request: who sends far too many is closed. */
  control(): void
  /** The other end is gone; its session waits for it to come back, unless `code` is 1000 or 1001. */
  disconnected(code: number): void
}

/** Serves stores to connections of any make: another HTTP server's sockets, or none at all in a test. */
export interface ServingEndpoint<R = unknown> {
  /** Serves one more connection; `request` is what it came with, for the application. */
  accept(transport: Transport, request: R): EndpointConnection
  /** How much there is of everything, and what clients were not told, by the reason. */
  stats(): LivestoreStats
  /** Takes no more connections, and tells those that there are when to come back; they are served until `close`. */
  drain(): void
  /** Says goodbye to everybody, and ends every watch. Waits for nobody. */
  close(): void
}

/**
 * Serves the protocol over whatever carries messages.
 *
 * @throws an error that names the option.
 */
export function createEndpoint<S extends AnyLiveStore, U, R = unknown>({
  onError,
  ...options
}: CreateEndpointOptions<S, U, R> & NeededStamps<S, U> & NeededViews<S, U>): ServingEndpoint<R> {
  const tell = callable<typeof onError>('onError', onError)
  return new Endpoint({
    ...resolveServing(options).endpoint,
    // It is given back what came with a connection, and that is an `R`.
    onError: (error, request) => tell(error, request as R | undefined),
  })
}

export type { Transport } from './connections/transport.ts'
