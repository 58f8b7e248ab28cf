import type { FastifyRequest } from 'fastify'
import type { AnyLiveStore } from '@livestore-kv/core'
import type { ServingOptions } from './serving-options.ts'
import type { NeededStamps } from './stamps.ts'
import type { NeededViews } from './view-options.ts'

/** How the stores are served, and where clients connect. */
export interface LivestoreOptions<S extends AnyLiveStore, U> extends ServingOptions<S, U, FastifyRequest> {
  /**
   * Where clients connect, after the `prefix` that the plugin is registered with, if any.
   *
   * @default '/live'
   */
  readonly path?: string
  /**
   * Origins whose pages may connect, besides the server's own: `https://app.example`.
   *
   * @default []
   */
  readonly origins?: readonly string[]
  /**
   * Connections at once; further ones are refused with 503.
   *
   * @default 10_000
   */
  readonly maxConnections?: number
}

declare const madeByLivestoreOptions: unique symbol

/** Options for stores and users of any kind, held to their types by {@link livestoreOptions}: what `register` takes. */
// oxlint-disable-next-line typescript/no-explicit-any
export interface AnyLivestoreOptions extends LivestoreOptions<any, any> {
  /** In the types only. `register` cannot look at what the stores need: options go through {@link livestoreOptions}. */
  readonly [madeByLivestoreOptions]: true
}

/**
 * `options` themselves: what `authorize` and `prepare` are given is then typed by the stores and by what
 * `authenticate` answers, and what the server has to stamp, and to make of values, is asked for, which `app.register`
 * alone cannot do.
 */
export function livestoreOptions<S extends AnyLiveStore, U>(
  options: LivestoreOptions<S, U> & NeededStamps<S, U> & NeededViews<S, U>,
): AnyLivestoreOptions {
  // The mark has no value: it says that the line above was kept to.
  return options as LivestoreOptions<S, U> as AnyLivestoreOptions
}
