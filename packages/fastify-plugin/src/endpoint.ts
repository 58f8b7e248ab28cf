import type { AnyLiveStore } from '@livestore-kv/core'
import { CloseCode } from '@livestore-kv/core/protocol'
import { Connection } from './connections/connection.ts'
import type { Transport } from './connections/transport.ts'
import { WriteTick } from './connections/write-tick.ts'
import { HookBound } from './hook-bound.ts'
import type { LivestoreStats } from './metrics/livestore-stats.ts'
import { Meter } from './metrics/meter.ts'
import { Tally } from './metrics/tally.ts'
import type { EndpointOptions } from './options/endpoint-options.ts'
import { Places } from './presence/places.ts'
import { RequestError } from './request-error.ts'
import { parseRevocation } from './sessions/revocation.ts'
import type { Revocation } from './sessions/revocation.ts'
import { Sessions } from './sessions/sessions.ts'
import { Topics } from './topics/topics.ts'
import { Views } from './topics/views.ts'

/** Serves stores to connections: what they share. Knows nothing of HTTP. */
export class Endpoint {
  /** `authenticate` and `authorize` among them answer within `hookMs`, or fail. */
  readonly options: EndpointOptions
  /** How long to wait for whatever else the application is asked. */
  readonly hooks: HookBound
  readonly topics: Topics
  readonly places: Places
  readonly views: Views
  readonly sessions: Sessions
  readonly tick: WriteTick
  readonly tally: Tally
  /** Where the application wants measurements. */
  readonly meter: Meter | undefined
  /** What `welcome` says about the stores. */
  readonly revisions: readonly { readonly name: string; readonly revision: string }[]
  readonly #stores: ReadonlyMap<string, AnyLiveStore>
  readonly #connections = new Set<Connection>()
  #draining = false

  constructor(given: EndpointOptions) {
    this.hooks = new HookBound(given.clock, given.hookMs)
    const options = bounded({ ...given, onError: harmless(given.onError) }, this.hooks)
    const { onMetric, clock, onError } = options
    this.options = options
    this.meter = onMetric && new Meter(onMetric, clock, onError)
    this.tick = new WriteTick(onError)
    this.tally = new Tally(this.meter, this.tick)
    this.views = new Views(options.views, options.onError)
    const { presence, restingSessions, budgetBytes, historyBytes } = options
    this.places = new Places({
      clock,
      graceMs: presence.disconnectGraceMs,
      limit: presence.placesPerSession,
      lingeringLimit: restingSessions,
      isWatched: (store, key) => this.topics.has(store, key),
      onError,
    })
    this.topics = new Topics({
      topicHistoryBytes: budgetBytes,
      historyBytes,
      onError,
      unwatched: (store, key) => void this.places.tidy(store, key),
    })
    this.sessions = new Sessions(this)
    this.#stores = new Map(options.stores.map((store) => [store.definition.name, store]))
    this.revisions = options.stores.map(({ definition: { name, revision } }) => ({ name, revision }))
  }

  /** How many connections there are. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /** @throws RequestError `UNKNOWN_STORE` */
  store(name: string): AnyLiveStore {
    const store = this.#stores.get(name)
    if (store) return store
    throw new RequestError('UNKNOWN_STORE', `no store ${JSON.stringify(name.slice(0, 64))} is served`)
  }

  /** Whether nobody else is served any more. */
  get isClosed(): boolean {
    return this.#draining
  }

  /** What there is, and what went wrong so far. */
  stats(): LivestoreStats {
    const sessions = [...this.sessions]
    return {
      connections: this.#connections.size,
      sessions: sessions.length,
      restingSessions: this.sessions.restingCount,
      subscriptions: sessions.reduce((sum, { subscriptions }) => sum + subscriptions.size, 0),
      topics: this.topics.size,
      historyBytes: this.topics.historyBytes,
      waitingBytes: [...this.#connections].reduce((sum, { waiting }) => sum + waiting, 0),
      dropped: this.tally.dropped,
      closed: this.tally.closed,
    }
  }

  /**
   * Ends sessions, or subscriptions to an entry; answers how many.
   *
   * @throws InvalidOptionsError if `given` is none, or names a store that is not served.
   */
  revoke(given: Revocation): number {
    const revocation = parseRevocation(given, (store) => this.#stores.has(store))
    if ('key' in revocation) {
      const { store, key } = revocation
      this.places.clear(revocation)
      return [...this.sessions].reduce((sum, session) => {
        session.stays.leaveAll(revocation)
        return sum + session.revokeEntry(store, key)
      }, 0)
    }
    if ('userId' in revocation) this.places.end(revocation.userId)
    const revoked = [...this.sessions].filter((session) =>
      'session' in revocation
        ? session.id === revocation.session
        : session.identity.userId === revocation.userId,
    )
    for (const session of revoked) this.sessions.revoke(session)
    return revoked.length
  }

  /** Serves one more connection; `request` is what it came with, for the application. */
  accept(transport: Transport, request: unknown): Connection {
    const connection = new Connection(this, transport, request, () => this.#gone(connection))
    this.#connections.add(connection)
    this.meter?.connections(1)
    if (this.#draining) connection.close(CloseCode.restart, 'the server restarts')
    return connection
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection)
    this.meter?.connections(-1)
  }

  /** Takes no more connections, and tells those that there are when to come back; they are served until `close`. */
  drain(): void {
    if (this.#draining) return
    this.#draining = true
    const { afterMs, jitterMs } = this.options.drain
    for (const connection of this.#connections) connection.drain(afterMs, jitterMs)
  }

  /** Says goodbye to everybody, and ends every watch. Waits for nobody. */
  close(): void {
    this.drain()
    for (const connection of this.#connections) connection.close(CloseCode.restart, 'the server restarts')
    this.sessions.close()
    this.places.end()
    this.topics.close()
  }
}

/** Who asks the application for leave waits for no longer than `hooks` say. */
function bounded(options: EndpointOptions, hooks: HookBound): EndpointOptions {
  return {
    ...options,
    authenticate: (input) => hooks.within('authenticate', options.authenticate(input)),
    authorize: (input) => hooks.within('authorize', options.authorize(input)),
  }
}

/** A log that fails must not take the server with it: there is nobody else to tell. */
function harmless(onError: EndpointOptions['onError']): EndpointOptions['onError'] {
  return (error, request) => {
    try {
      onError(error, request)
    } catch {
      // What it was given is lost with it.
    }
  }
}
