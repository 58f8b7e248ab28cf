import type {
  AnyLiveStore,
  Awaitable,
  Clock,
  DeepReadonly,
  EntryKey,
  InputOf,
  LiveValueTypes,
  PresenceTypes,
  SentMessageOf,
  SentMutationOf,
  SentSavedOf,
  TypesOf,
  ViewNameOf,
} from '@livestore-kv/core'
import type { Metric } from '../metrics/metric.ts'
import type { Identity } from './endpoint-options.ts'
import type { Prepare, PresenceOf } from './stamps.ts'
import type { Views } from './view-options.ts'

type KeyedAction = 'acquire' | 'remove'

/** What a user wants to do in stores of the kind `T`. */
type AuthorizeInputOf<T extends LiveValueTypes, U> = { readonly user: U; readonly store: T['name'] } & (
  | { readonly action: KeyedAction; readonly key: EntryKey }
  /** Without a view: to see the whole value. */
  | { readonly action: 'fetch' | 'watch'; readonly key: EntryKey; readonly view?: ViewNameOf<T> }
  /** Without a key: to list the store at all; with one: to see that entry in the list. Without a view: whole values. */
  | { readonly action: 'watchStore'; readonly key?: EntryKey; readonly view?: ViewNameOf<T> }
  /** Of a hosted kind, `value` is the input that the entry is made of. */
  | { readonly action: 'init'; readonly key?: undefined; readonly value: InputOf<T> }
  | { readonly action: 'create' | 'insert'; readonly key: EntryKey; readonly value: InputOf<T> }
  /** Not asked about hosted kinds, which take none from a client. */
  | { readonly action: 'assign'; readonly key: EntryKey; readonly value: SentSavedOf<T> }
  | { readonly action: 'mutate'; readonly key: EntryKey; readonly mutation: SentMutationOf<T> }
  | { readonly action: 'broadcast'; readonly key: EntryKey; readonly message: SentMessageOf<T> }
)

/** What a user wants to do in places of the kind `P`. */
type PlaceInputOf<P extends PresenceTypes, U> = { readonly user: U; readonly store: P['name'] } & (
  | { readonly action: 'watch' | 'fetch'; readonly key: EntryKey }
  /** To become a member, and to show another state as one. */
  | { readonly action: 'enter'; readonly key: EntryKey; readonly state: DeepReadonly<P['state']> }
)

/** What a user wants to do in one of the stores `S`; told apart by `store` and `action`. */
export type AuthorizeInput<S extends AnyLiveStore, U> = S extends AnyLiveStore
  ? TypesOf<S> extends { presence: PresenceTypes }
    ? PlaceInputOf<PresenceOf<TypesOf<S>>, U>
    : AuthorizeInputOf<TypesOf<S>, U>
  : never

/** How stores are served, over whatever carries messages; `R` is what a connection comes with. */
export interface ServingOptions<S extends AnyLiveStore, U, R> {
  /** What is served, and nothing else: storages, or any list of stores. */
  readonly stores: Iterable<S>
  /**
   * Who it is; anything without a `userId` refuses. Throwing refuses too, unless with a `statusCode` of 500 or more. What is
   * thrown without a `statusCode` of 4xx is logged.
   */
  readonly authenticate: (input: {
    readonly token: string | undefined
    /** The client's software, as it names itself. */
    readonly client: string
    readonly request: R
  }) => Awaitable<Identity<U> | undefined>
  /** Whether the user may; only `true` is yes. */
  readonly authorize: (input: AuthorizeInput<S, U>) => Awaitable<boolean>
  readonly prepare?: Prepare<S, U>
  /** What users see who are not to see the whole value: secrets stay on the server. */
  readonly views?: Views<S, U>
  readonly limits?: LimitOptions
  /**
   * How long may pass until a client is welcomed: it says hello, is authenticated, and what its session still may is asked, in milliseconds.
   *
   * @default 10_000
   */
  readonly helloMs?: number
  /**
   * How long `authenticate`, `authorize`, a stamp of `prepare` or a schema may take to answer, each time it is called, in
   * milliseconds. Past it the request fails with `INTERNAL`, to be tried again later, the log says which function it was, and what
   * it answers then is not heard. Where credentials were looked at, the connection is closed with 4002, to come again. Less
   * than `helloMs`, so that who comes back to something that hangs is welcomed without it.
   *
   * @default 5_000, or half of `helloMs` if that is less
   */
  readonly hookMs?: number
  /**
   * How long a session outlives its connection, in milliseconds: its locks, what it watches, and what became of its
   * mutations. A client that says goodbye ends its session at once.
   *
   * @default 120_000
   */
  readonly graceMs?: number
  /**
   * Sessions that may wait for their clients to come back; past it, the one that has waited longest ends.
   *
   * @default 10_000
   */
  readonly restingSessions?: number
  readonly presence?: PresenceServingOptions
  /**
   * How much of what was told is remembered for clients that come back, all topics together, in bytes as they cross the
   * wire. Past it the oldest is forgotten, whichever topic told it; who missed that of an entry starts again from one
   * snapshot, who missed it of a listing lists again, and `stats().dropped.evicted` counts it. That an entry is gone is not
   * forgotten, and counts. Each topic remembers 64 updates, and `limits.budgetBytes`, at most.
   *
   * @default 67_108_864
   */
  readonly historyBytes?: number
  /**
   * How often the server pings, in milliseconds; a client silent for 10 s longer is gone.
   *
   * @default 25_000
   */
  readonly pingMs?: number
  /** How the server says goodbye when the application closes. */
  readonly drain?: DrainOptions
  /**
   * Takes each measurement, in the tick in which it is made: for OpenTelemetry, see the README. What it throws is logged, and
   * harms nobody.
   */
  readonly onMetric?: (metric: Metric) => unknown
  /** @default the system's clock */
  readonly clock?: Clock
}

/** How members of places come and go. */
export interface PresenceServingOptions {
  /**
   * How long a member whose connection is lost, or whose page went away, stays before it leaves, in milliseconds: a short
   * cut and a reload are seen by nobody. A client that closes leaves at once.
   *
   * @default 8_000
   */
  readonly disconnectGraceMs?: number
  /**
   * Places that one session may be in.
   *
   * @default 16
   */
  readonly placesPerSession?: number
}

/** How clients are told that the server goes. */
export interface DrainOptions {
  /**
   * How long those who are connected are still served, in milliseconds.
   *
   * @default 0
   */
  readonly serveMs?: number
  /**
   * When they are to come back at the earliest, in milliseconds.
   *
   * @default 1_000
   */
  readonly afterMs?: number
  /**
   * Over how many milliseconds more they are to spread their return.
   *
   * @default 5_000
   */
  readonly jitterMs?: number
}

/** What one connection may cost; all but `listingScan`, `budgetBytes` and `stallMs` are announced to the client. */
export interface LimitOptions {
  /**
   * The largest WebSocket message that is read, in bytes.
   *
   * @default 65_536
   */
  readonly messageBytes?: number
  /** @default 128 */
  readonly subscriptions?: number
  /** @default 50 */
  readonly requestsPerSecond?: number
  /** @default 100 */
  readonly requestBurst?: number
  /**
   * Requests that may wait for their answers, counting those that the session asked for before a cut and that are not carried
   * out yet.
   *
   * @default 256
   */
  readonly pending?: number
  /**
   * Entries that one listing may hold.
   *
   * @default 1_000
   */
  readonly listing?: number
  /**
   * Entries that are looked at for one listing, seen or not: a store that holds more is not listed. Each costs a
   * call of `authorize`; a connection has one listing of a topic under way, and at most one that waits.
   *
   * @default 10_000
   */
  readonly listingScan?: number
  /**
   * The longest lease of a lock, in milliseconds.
   *
   * @default 30_000
   */
  readonly leaseMs?: number
  /**
   * Requests with a `mid` whose outcomes a session remembers, and of their answers `budgetBytes` at most.
   *
   * @default 256
   */
  readonly outcomes?: number
  /**
   * The longest wait for a lock, in milliseconds.
   *
   * @default 30_000
   */
  readonly waitMs?: number
  /**
   * Bytes that may wait to be read before updates are left out (the client is told that it lags), and answers wait; four
   * times as many besides the largest frame close the connection.
   *
   * @default 1_048_576
   */
  readonly budgetBytes?: number
  /**
   * How long a client may read nothing of what waits for it, in milliseconds.
   *
   * @default 10_000
   */
  readonly stallMs?: number
}
