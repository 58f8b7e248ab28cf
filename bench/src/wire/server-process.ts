import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { liveBytes } from '../heap.ts'
import { startRawWs } from '../peers/raw-ws-server.ts'
import { startSocketIo } from '../peers/socket-io-server.ts'
import type { Broadcaster } from './broadcaster.ts'
import { startLivestore } from './livestore-server.ts'
import type { LivestoreBroadcaster } from './livestore-server.ts'
import { stamped } from './stamp.ts'

/** What a server process can be asked; each is answered by a number. */
export type ServerQuestion =
  /** Processor time so far, user and system, in microseconds. */
  | 'cpu'
  /** Bytes that are alive after a full collection. */
  | 'live'
  /** Of Livestore: bytes that wait for clients to read them. */
  | 'waiting'
  /** Of Livestore: sessions with a client. */
  | 'sessions'
  /** Of Livestore: cuts every connection; answers how many sessions had one. */
  | 'cut'

const SERVERS = { 'raw ws loop': startRawWs, 'Socket.IO': startSocketIo, Livestore: startLivestore }

export type ServerName = keyof typeof SERVERS

/** The process of one server: which one and how long its texts are come in as arguments; it ends with its parent. */
const [name, textBytes] = process.argv.slice(2)
// `RemoteServer` wrote it.
const server: Broadcaster & Partial<LivestoreBroadcaster> = await SERVERS[name as ServerName]()

// A byte is a burst of so many. A socket of its own costs the server less than IPC does, and each server the same.
const control = createServer((socket) => {
  socket.setNoDelay()
  socket.on('data', (bursts: Buffer) => {
    for (const burst of bursts)
      for (let told = 0; told < burst; told++) server.tell(stamped(Number(textBytes)))
  })
  socket.on('error', () => undefined)
})

const answers: { readonly [K in ServerQuestion]: () => number | undefined } = {
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  live: liveBytes,
  waiting: () => server.waitingBytes?.(),
  sessions: () => server.sessions?.(),
  cut: () => {
    const sessions = server.sessions?.()
    server.cutAll?.()
    return sessions
  },
}
// `RemoteServer` asks nothing else.
process.on('message', (question: ServerQuestion) => process.send?.(answers[question]() ?? NaN))
process.on('disconnect', () => process.exit())
control.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has such an address.
  process.send?.({ port: server.port, controlPort: (control.address() as AddressInfo).port })
})
