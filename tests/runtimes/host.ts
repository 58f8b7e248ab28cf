import type { AddressInfo } from 'node:net'
import { createStore } from '@livestore-kv/actors'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import Fastify from 'fastify'
import { tally } from './tally.ts'

/** A server on a free port, which cuts everybody off where it is asked to. */
export class Host implements AsyncDisposable {
  readonly #app = Fastify({ forceCloseConnections: true })
  readonly #store = createStore(tally)

  static async open(): Promise<Host> {
    const host = new Host()
    await host.#listen()
    return host
  }

  get origin(): string {
    // A server that listens on TCP has such an address.
    return `http://127.0.0.1:${(this.#app.server.address() as AddressInfo).port}`
  }

  async #listen(): Promise<void> {
    await this.#app.register(
      livestore,
      livestoreOptions({
        stores: [this.#store],
        authenticate: () => ({ user: {}, userId: 'guest' }),
        authorize: () => true,
      }),
    )
    this.#app.post<{ Params: { key: string } }>('/cut/:key', async ({ params }) => {
      for (const socket of this.#app.websocketServer.clients) socket.terminate()
      await this.#store.mutate(params.key, { type: 'add', amount: 1 })
    })
    await this.#app.listen({ host: '127.0.0.1', port: 0 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app.close()
    await this.#store.close()
  }
}
