import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { liveBytes } from '../heap.ts'
import { startRawWs } from '../peers/raw-ws-server.ts'
import { startSocketIo } from '../peers/socket-io-server.ts'
import type { Broadcaster } from './broadcaster.ts'
import { startLivestore } from './livestore-server.ts'
import { stamped } from './stamp.ts'

/** What a server process is asked, and what it answers. */
export interface Questions {
  /** Processor time so far, user and system, in microseconds. */
  cpu: number
  /** Bytes that are alive after a full collection. */
  live: number
  /** Bytes that wait for the connection that is furthest behind. */
  buffered: number
  /** Cuts every connection; answers nothing of interest. */
  cut: number
}

const SERVERS = { 'raw ws loop': startRawWs, 'Socket.IO': startSocketIo, Livestore: startLivestore }

export type ServerName = keyof typeof SERVERS

/** The process of one server: which one and how long its texts are come in as arguments; it ends with its parent. */
const [name, textBytes] = process.argv.slice(2)
// `RemoteServer` wrote it.
const server: Broadcaster = await SERVERS[name as ServerName]()

// A byte is a burst of so many. A socket of its own costs the server less than IPC does, and each server the same.
const control = createServer((socket) => {
  socket.setNoDelay()
  socket.on('data', (bursts: Buffer) => {
    for (const burst of bursts)
      for (let told = 0; told < burst; told++) server.tell(stamped(Number(textBytes)))
  })
  socket.on('error', () => undefined)
})

const answers: { readonly [K in keyof Questions]: () => number } = {
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  live: liveBytes,
  buffered: () => server.mostBuffered(),
  cut: () => {
    server.cutAll()
    return 0
  },
}
// `ServerProcess` asks nothing else.
process.on('message', (question: keyof Questions) => process.send?.(answers[question]()))
process.on('disconnect', () => process.exit())
control.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has such an address.
  process.send?.({ port: server.port, controlPort: (control.address() as AddressInfo).port })
})
