import type { Awaitable, Clock, Definition } from '@livestore-kv/core'
import type { BackoffOptions } from './backoff.ts'
import { ClientError } from './client-error.ts'
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

/** @throws ClientError `INVALID_OPTIONS`, with the name of the option. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  // The platform has them or not; nothing else is assumed of it.
  const platform = globalThis as Platform
  const {
    token,
    WebSocket = platform.WebSocket,
    definitions,
    onError = (error: unknown) => platform.console?.error(error),
  } = options
  const resolved = {
    name: 'livestore-client',
    connectTimeoutMs: 15_000,
    clock: systemClock,
    random: Math.random,
    ...options,
    // By itself: what it throws must not keep others from what they are told.
    onError: (error: unknown) => void Promise.resolve(error).then(onError),
    url: socketUrl(options.url, platform.location?.href),
    // What is no list is told of below.
    definitions: new Map(definitions?.map?.((definition) => [definition.name, definition])),
    token: typeof token === 'function' ? token : () => token,
    backoff: { firstMs: 500, maxMs: 15_000, ...options.backoff },
    queue: { capacity: 256, timeoutMs: 30_000, whileOffline: 'wait' as const, ...options.queue },
  }
  const { connectTimeoutMs, backoff, queue } = resolved
  const { whileOffline, ...limits } = queue
  const numbers = { connectTimeoutMs, ...backoff, ...limits }
  for (const [name, value] of Object.entries(numbers)) check(value > 0, name, 'must be positive')
  check(/^(wait|refuse)$/.test(whileOffline), 'whileOffline', "must be 'wait' or 'refuse'")
  check(resolved.definitions.size === definitions?.length, 'definitions', 'must be a list of different names')
  check(typeof WebSocket === 'function', 'WebSocket', 'must be passed')
  return { ...resolved, WebSocket }
}

function socketUrl(url: string | URL, page: string | undefined): string {
  let href = ''
  try {
    // http: becomes ws:, and https: wss:
    href = new URL(url, page).href.replace(/^http/, 'ws')
  } catch {
    // It is said below, in our words.
  }
  check(/^wss?:/.test(href), 'url', 'must be of http: or ws:, or a path')
  return href
}

function check(isRight: boolean, name: string, fact: string): asserts isRight {
  if (!isRight) throw new ClientError('INVALID_OPTIONS', `${name} ${fact}`)
}
