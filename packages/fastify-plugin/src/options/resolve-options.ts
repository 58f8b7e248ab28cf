import type { RouteShorthandOptions } from 'fastify'
import type { AnyLiveStore } from '@livestore-kv/core'
import { InvalidOptionsError } from './invalid-options-error.ts'
import { count } from './option-checks.ts'
import type { LivestoreOptions } from './options.ts'
import { resolveServing } from './resolve-serving.ts'
import type { ResolvedServing } from './resolve-serving.ts'

/** What the plugin itself needs, beside what the endpoint does. */
export interface ResolvedOptions extends ResolvedServing {
  readonly url: string
  /** What Fastify hands to plugins for their routes. */
  readonly route: Pick<RouteShorthandOptions, 'logLevel' | 'logSerializers'>
  readonly origins: ReadonlySet<string>
  readonly maxConnections: number
}

type Unchecked = {
  readonly [
    K in keyof LivestoreOptions<AnyLiveStore, unknown> | 'prefix' | 'logLevel' | 'logSerializers'
  ]?: unknown
}

/** @throws InvalidOptionsError, which names the option. */
export function resolveOptions(options: Unchecked): ResolvedOptions {
  const { path = '/live', prefix = '', origins = [], maxConnections = 10_000, ...rest } = options
  const { logLevel, logSerializers, ...serving } = rest
  return {
    // Fastify puts it before the routes of plugins with a scope of their own; this one has the application's.
    url: (prefix === '' ? '' : pathOf('prefix', prefix).replace(/\/$/, '')) + pathOf('path', path),
    // Checked by Fastify, whose options they are.
    route: {
      ...(logLevel !== undefined && { logLevel }),
      ...(logSerializers !== undefined && { logSerializers }),
    } as ResolvedOptions['route'],
    origins: originSet(origins),
    maxConnections: count('maxConnections', maxConnections),
    ...resolveServing(serving),
  }
}

function originSet(origins: unknown): ReadonlySet<string> {
  if (!Array.isArray(origins)) throw new InvalidOptionsError('origins must be a list of origins')
  return new Set(
    origins.map((origin: unknown) => {
      if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin)
        return origin
      throw new InvalidOptionsError(
        `origins holds ${JSON.stringify(origin)}, which is not like "https://app.example"`,
      )
    }),
  )
}

function pathOf(option: string, value: unknown): string {
  if (typeof value === 'string' && value.startsWith('/')) return value
  throw new InvalidOptionsError(`${option} must be a path that starts with /`)
}
