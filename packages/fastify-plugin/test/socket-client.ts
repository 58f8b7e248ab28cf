import { once } from 'node:events'
import { SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type { HelloFrame } from '@livestore-kv/core/protocol'
import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'
import { WireClient } from './wire-client.ts'

export interface Goodbye {
  readonly code: number
  readonly reason: string
}

/** A client on a real WebSocket. */
export class SocketClient extends WireClient implements Disposable {
  readonly socket: WebSocket
  /** How the connection ended. */
  readonly closed: Promise<Goodbye>

  private constructor(socket: WebSocket) {
    super((message) => socket.send(message))
    this.socket = socket
    socket.on('message', (data: Buffer) => this.receive(data))
    // How it failed shows in the close code.
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
  }

  /** Connects without a word. */
  static async open(url: string, options: ClientOptions = {}): Promise<SocketClient> {
    const socket = new WebSocket(url, SUBPROTOCOL, options)
    const client = new SocketClient(socket)
    await once(socket, 'open')
    return client
  }

  /** Connects and is welcomed. */
  static async connect(url: string, token: string, fields: Partial<HelloFrame> = {}): Promise<SocketClient> {
    const client = await SocketClient.open(url)
    await client.hello(token, fields)
    return client
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}
