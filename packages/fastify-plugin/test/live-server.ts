import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { createStorages, createStore } from '@livestore-kv/actors'
import type { Storages, Store } from '@livestore-kv/actors'
import type { HelloFrame } from '@livestore-kv/core/protocol'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import type { LivestoreOptions } from '@livestore-kv/fastify-plugin'
import { note, sealed } from './definitions.ts'
import type { NoteTypes, SealedTypes } from './definitions.ts'
import { SocketClient } from './socket-client.ts'

type Stores = Store<NoteTypes> | Store<SealedTypes>
type Options = Partial<LivestoreOptions<Stores, string>>

/** An application that serves notes on a free port of the loopback interface. */
export interface LiveServer extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly notes: Store<NoteTypes>
  readonly sealeds: Store<SealedTypes>
  readonly storages: Storages<Stores>
  readonly url: string
  /** A client that has been welcomed as the user of that name. */
  connect(user: string, fields?: Partial<HelloFrame>): Promise<SocketClient>
}

/** Everybody may do everything, unless `options` say otherwise. */
export async function startServer(options: Options = {}): Promise<LiveServer> {
  const notes = createStore(note)
  const sealeds = createStore(sealed)
  const storages = createStorages(notes, sealeds)
  const app = Fastify()
  await app.register(
    livestore,
    livestoreOptions<Stores, string>({
      stores: storages,
      authenticate: ({ token }) => (token === undefined ? undefined : { user: token, userId: token }),
      authorize: () => true,
      ...options,
    }),
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
  // An application that listens on TCP has such an address.
  const { port } = app.server.address() as AddressInfo
  const url = `ws://127.0.0.1:${port}${options.path ?? '/live'}`
  return {
    app,
    notes,
    sealeds,
    storages,
    url,
    connect: (user, fields) => SocketClient.connect(url, user, fields),
    async [Symbol.asyncDispose]() {
      await app.close()
      await storages.close()
    },
  }
}
