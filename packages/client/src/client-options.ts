import type { Awaitable, Clock, Definition } from '@livestore-kv/core'
import { ClientError } from './client-error.ts'
import type { BackoffOptions } from './connection/backoff.ts'
import type { WebSocketConstructor } from './connection/web-socket.ts'
import type { QueueOptions } from './session/request-queue.ts'
import { systemClock } from './system-clock.ts'

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
  readonly definitions: readonly AnyDefinition[]
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
export function resolveOptions({ url, definitions, token, ...others }: ClientOptions): ResolvedOptions {
  // The platform has them or not; nothing else is assumed of it.
  const platform = globalThis as Platform
  const usual: Omit<ResolvedOptions, 'url' | 'definitions'> = {
    // Looked at below.
    WebSocket: platform.WebSocket as WebSocketConstructor,
    token: () => undefined,
    name: 'livestore-client',
    connectTimeoutMs: 15_000,
    backoff: { firstMs: 500, maxMs: 15_000 },
    queue: { capacity: 256, timeoutMs: 30_000, whileOffline: 'wait' },
    clock: systemClock,
    random: Math.random,
    onError: (error) => platform.console?.error(error),
  }
  const resolved = filledIn({ ...others, token: typeof token === 'string' ? () => token : token }, usual)
  const { WebSocket, clock, queue, onError } = resolved
  check(/^(wait|refuse)$/.test(queue.whileOffline), 'queue.whileOffline', 'wait or refuse')
  check(typeof clock.now === 'function', 'clock', 'a clock')
  check(WebSocket, 'WebSocket', 'given')
  const names = new Set<unknown>(definitions?.map?.(({ name }) => name))
  check(
    names.size === definitions?.length && !names.has(undefined),
    'definitions',
    'a list of different ones',
  )
  return {
    ...resolved,
    definitions,
    url: socketUrl(url, platform.location?.href),
    // By itself: what it throws must not keep others from what they are told.
    onError: (error) => void Promise.resolve(error).then(onError),
  }
}

/** `given`, and what is not given as in `usual`, which also says what there is and of what type. */
function filledIn<T extends object>(given: object, usual: T, path = ''): T {
  const filled = { ...usual }
  for (const [key, value] of Object.entries(given) as [keyof T & string, unknown][]) {
    const name = path + key
    check(key in usual, name, 'an option')
    if (value === undefined) continue
    // What a platform may lack is a function.
    const type = typeof (usual[key] ?? check)
    check(value !== null && typeof value === type, name, `a ${type}`)
    if (type === 'number') check((value as number) > 0, name, 'positive')
    // Of the type that is usual; a clock is somebody's own, and taken as it is.
    filled[key] = (
      type === 'object' && key !== 'clock' ? filledIn(value, usual[key] as object, `${name}.`) : value
    ) as T[typeof key]
  }
  return filled
}

function socketUrl(url: string | URL, page: string | undefined): string {
  let href = ''
  try {
    // http: becomes ws:, and https: wss:
    href = new URL(url, page).href.replace(/^http/, 'ws')
  } catch {
    // It is said below, in our words.
  }
  check(/^wss?:/.test(href), 'url', 'a http: or ws: URL')
  return href
}

function check(isRight: unknown, name: string, what: string): asserts isRight {
  if (!isRight) throw new ClientError('INVALID_OPTIONS', `${name} is not ${what}`)
}
