import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { Tellings } from '../wire/broadcaster.ts'
import type { Broadcaster } from '../wire/broadcaster.ts'

const ROOM = 'room'
/** Nine letters, so that its messages are as long as Livestore's. */
const EVENT = 'livestore'

/** Socket.IO, by WebSockets only: everybody joins one room, and is told by a broadcast. */
export async function startSocketIo(): Promise<Broadcaster> {
  const http = createServer()
  const server = new Server(http, {
    transports: ['websocket'],
    serveClient: false,
    pingInterval: 3_600_000,
    perMessageDeflate: false,
  })
  server.on('connection', (socket) => void socket.join(ROOM))
  http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 })
  await once(http, 'listening')
  const tellings = new Tellings()
  return {
    // A server that listens on TCP has such an address.
    port: (http.address() as AddressInfo).port,
    tell: (text) => void server.to(ROOM).emit(EVENT, tellings.next(text)),
  }
}
