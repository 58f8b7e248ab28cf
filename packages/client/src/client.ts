import type { Definition, TypesOf } from '@livestore-kv/core'
import { ClientError } from './client-error.ts'
import { resolveOptions } from './client-options.ts'
import type { AnyDefinition, ClientOptions } from './client-options.ts'
import type { ClientStatus } from './client-status.ts'
import { ClientStore } from './client-store.ts'
import { Session } from './session/session.ts'

/**
 * A connection to one server that comes back by itself, and the stores behind it. `Client<typeof room | typeof game>` is one
 * with these definitions; a plain `Client` has any.
 */
export class Client<D extends AnyDefinition = AnyDefinition> implements Disposable {
  /** @internal */
  readonly session: Session
  readonly #stores = new Map<string, ClientStore<TypesOf<D>>>()

  /** @internal */
  constructor(session: Session) {
    this.session = session
    for (const definition of session.options.definitions) {
      this.#stores.set(definition.name, new ClientStore(definition, session))
    }
    session.connect()
  }

  get status(): ClientStatus {
    return this.session.status
  }

  /** Tells `listener` of each new status; answers a function that ends it. */
  onStatus(listener: (status: ClientStatus) => unknown): () => void {
    return this.session.statusListeners.add(listener)
  }

  /**
   * The store of one of the client's definitions.
   *
   * @throws ClientError `NOT_FOUND` if the definition is not one of them.
   */
  store<T extends TypesOf<D>>(definition: Definition<T>): ClientStore<T> {
    const store = this.#stores.get(definition.name)
    if (store?.definition !== definition) {
      throw new ClientError('NOT_FOUND', `${definition.name} is not in definitions`)
    }
    // Its definition is the one that was asked for.
    return store as unknown as ClientStore<T>
  }

  /** The server's clock, in milliseconds since 1970: what `expiresAt` is measured by. */
  now(): number {
    return this.session.now()
  }

  /** Connects now: it does not wait for the next try, and tries again where the server had closed it for good. */
  connect(): void {
    const { phase } = this.status
    if (phase === 'waiting' || phase === 'ended') this.session.connect()
  }

  /** Asks for the token again and hands it to the server in place, before the old one runs out. */
  refresh(): Promise<void> {
    return this.session.refresh()
  }

  /** Ends every mirror and listing, gives up every lock, and fails what is unsettled; safe to call again. */
  close(): void {
    this.session.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/**
 * Connects to a server, and goes on connecting until it is closed.
 *
 * @throws ClientError `INVALID_OPTIONS`, with the name of the option.
 */
export function createClient<D extends AnyDefinition>(options: ClientOptions<D>): Client<D> {
  return new Client<D>(new Session(resolveOptions(options)))
}
