import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { Tellings } from '../wire/broadcaster.ts'
import type { Broadcaster } from '../wire/broadcaster.ts'

/** The least that a server on the `ws` package can do: one prepared string, sent to every socket. */
export async function startRawWs(): Promise<Broadcaster> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4_096, perMessageDeflate: false })
  await once(server, 'listening')
  const tellings = new Tellings()
  return {
    // A server that listens on TCP has such an address.
    port: (server.address() as AddressInfo).port,
    tell(text) {
      const prepared = JSON.stringify({ type: 'update', ...tellings.next(text) })
      for (const socket of server.clients) socket.send(prepared)
    },
  }
}
