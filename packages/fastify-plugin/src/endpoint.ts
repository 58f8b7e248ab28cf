import type { AnyLiveStore } from '@livestore-kv/core'
import { CloseCode } from '@livestore-kv/core/protocol'
import { Connection } from './connection.ts'
import type { EndpointOptions } from './endpoint-options.ts'
import { RequestError } from './request-error.ts'
import { Sessions } from './sessions.ts'
import { Topics } from './topics.ts'
import type { Transport } from './transport.ts'
import { WriteTick } from './write-tick.ts'

/** Serves stores to connections: what they share. Knows nothing of HTTP. */
export class Endpoint {
  readonly options: EndpointOptions
  readonly topics: Topics
  readonly sessions: Sessions
  readonly tick = new WriteTick()
  /** What `welcome` says about the stores. */
  readonly revisions: readonly { readonly name: string; readonly revision: string }[]
  readonly #stores: ReadonlyMap<string, AnyLiveStore>
  readonly #connections = new Set<Connection>()
  #closed = false

  constructor(options: EndpointOptions) {
    this.options = options
    this.topics = new Topics(options.budgetBytes, options.onError)
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

  /** Whether nobody is served any more. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** Serves one more connection; `request` is what it came with, for the application. */
  accept(transport: Transport, request: unknown): Connection {
    const connection = new Connection(this, transport, request, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    if (this.#closed) connection.close(CloseCode.restart, 'the server restarts')
    return connection
  }

  /** Says goodbye to everybody, and ends every watch. Waits for nobody. */
  close(): void {
    this.#closed = true
    for (const connection of this.#connections) connection.close(CloseCode.restart, 'the server restarts')
    this.sessions.close()
    this.topics.close()
  }
}
