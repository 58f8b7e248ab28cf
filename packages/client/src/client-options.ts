import { StoreError } from '@livestore-kv/core'
import type { Awaitable, Clock, Definition } from '@livestore-kv/core'
import type { BackoffOptions } from './backoff.ts'
import type { QueueOptions } from './request-queue.ts'
import { systemClock } from './system-clock.ts'
import type { WebSocketConstructor } from './web-socket.ts'

/** A definition of any kind: `Definition` is invariant in its types, so only `any` spans them. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyDefinition = Definition<any>

/** How a client connects, and what it knows. */
export interface ClientOptions<D extends AnyDefinition = AnyDefinition> {
  /** Where the server serves: `wss://…` or `https://…`, or relative to the page: `/live`. */
  readonly url: string | URL
  /** The kinds of values that it will use: the server's own definitions. */
  readonly definitions: readonly D[]
  /** The credentials, in whatever form the server's application wants them; a function is asked at every connect. */
  readonly token?: string | (() => Awaitable<string | undefined>)
  /**
   * What opens WebSockets; Node before 22 has none of its own: hand over that of the `ws` package.
   *
   * @default globalThis.WebSocket
   */
  readonly WebSocket?: WebSocketConstructor
  /**
   * How the client names itself to the server.
   *
   * @default 'livestore-client'
   */
  readonly name?: string
  /**
   * How long a connect may take until the server's welcome, in milliseconds.
   *
   * @default 15_000
   */
  readonly connectTimeoutMs?: number
  readonly backoff?: BackoffOptions
  readonly queue?: QueueOptions
  /** @default the system's clock */
  readonly clock?: Clock
  /**
   * Where the jitter comes from: numbers from 0 to 1, without 1.
   *
   * @default Math.random
   */
  readonly random?: () => number
  /**
   * Receives what no caller can be told: a throwing listener, a token that could not be had, a definition that throws
   * while it predicts.
   *
   * @default console.error
   */
  readonly onError?: (error: unknown) => void
}

/** Options with their defaults filled in. */
export interface ResolvedOptions {
  readonly url: string
  readonly definitions: ReadonlyMap<string, AnyDefinition>
  readonly token: () => Awaitable<string | undefined>
  readonly WebSocket: WebSocketConstructor
  readonly name: string
  readonly connectTimeoutMs: number
  readonly backoff: Required<BackoffOptions>
  readonly queue: Required<QueueOptions>
  readonly clock: Clock
  readonly random: () => number
  readonly onError: (error: unknown) => void
}

/** What a platform may have: read when a client is made, and not at import. */
interface Platform {
  readonly WebSocket?: WebSocketConstructor
  readonly location?: { readonly href: string }
  readonly console?: { error(error: unknown): void }
}

/** @throws StoreError `INVALID_OPTIONS`, with the name of the option. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  // The platform has them or not; nothing else is assumed of it.
  const platform = globalThis as Platform
  const { token, WebSocket = platform.WebSocket, backoff = {}, queue = {}, clock = systemClock } = options
  if (typeof WebSocket !== 'function') {
    throw invalid('WebSocket', 'must be passed: this platform has none of its own')
  }
  const { capacity = 256, timeoutMs = 30_000, whileOffline = 'wait' } = queue
  if (!['wait', 'refuse'].includes(whileOffline))
    throw invalid('queue.whileOffline', "must be 'wait' or 'refuse'")
  return {
    url: socketUrl(options.url, platform.location?.href),
    definitions: byName(options.definitions),
    token: typeof token === 'function' ? token : () => token,
    WebSocket,
    name: options.name ?? 'livestore-client',
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs ?? 15_000),
    backoff: {
      firstMs: positive('backoff.firstMs', backoff.firstMs ?? 500),
      maxMs: positive('backoff.maxMs', backoff.maxMs ?? 15_000),
    },
    queue: {
      capacity: positive('queue.capacity', capacity),
      timeoutMs: positive('queue.timeoutMs', timeoutMs),
      whileOffline,
    },
    clock,
    random: options.random ?? Math.random,
    onError: options.onError ?? ((error) => platform.console?.error(error)),
  }
}

function socketUrl(url: string | URL, page: string | undefined): string {
  let resolved: URL
  try {
    resolved = new URL(url, page)
  } catch (error) {
    throw invalid('url', 'must be a URL, and a whole one where there is no page', error)
  }
  // http: becomes ws:, and https: wss:
  resolved.protocol = resolved.protocol.replace(/^http/, 'ws')
  if (!/^wss?:$/.test(resolved.protocol)) throw invalid('url', 'must be one of ws:, wss:, http: or https:')
  return resolved.href
}

function byName(definitions: readonly AnyDefinition[]): ReadonlyMap<string, AnyDefinition> {
  if (!Array.isArray(definitions)) throw invalid('definitions', 'must be a list of definitions')
  const map = new Map<string, AnyDefinition>()
  for (const definition of definitions) {
    if (map.has(definition.name)) throw invalid('definitions', `has two named ${definition.name}`)
    map.set(definition.name, definition)
  }
  return map
}

function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value
  throw invalid(name, 'must be a number greater than 0')
}

function invalid(name: string, fact: string, cause?: unknown): StoreError {
  return new StoreError('INVALID_OPTIONS', `${name} ${fact}`, { cause })
}
