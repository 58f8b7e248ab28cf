import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { FrameReader } from './frame-reader.ts'
import type { Arrival } from './frame-reader.ts'

/** How one connects to a server and makes it tell. */
export interface Greeting {
  readonly path: string
  readonly subprotocol?: string
  /** What is said, in steps: each waits for one message in answer. `undefined` only waits. */
  readonly steps: readonly (string | undefined)[]
}

export interface WireSocketOptions {
  readonly port: number
  readonly greeting: Greeting
  readonly readsStamps: boolean
  /** A message came after the greeting. */
  readonly arrived: (arrival: Arrival) => void
}

/** A WebSocket client that is cheap enough for thousands in one process: it counts what comes, and parses nothing. */
export class WireSocket {
  readonly #socket: Socket
  #arrived: (arrival: Arrival) => void = () => undefined

  private constructor(socket: Socket, readsStamps: boolean) {
    this.#socket = socket
    const reader = new FrameReader(readsStamps, (arrival) => this.#arrived(arrival))
    socket.on('data', (chunk) => reader.read(chunk))
    // How it ended shows in what did not arrive.
    socket.on('error', () => undefined)
  }

  static async open({ port, greeting, readsStamps, arrived }: WireSocketOptions): Promise<WireSocket> {
    const socket = connect(port, '127.0.0.1').setNoDelay()
    await once(socket, 'connect')
    const rest = await upgrade(socket, greeting)
    const wire = new WireSocket(socket, readsStamps)
    if (rest.length > 0) socket.unshift(rest)
    for (const step of greeting.steps) {
      const answered = new Promise<void>((resolve) => (wire.#arrived = () => resolve()))
      if (step !== undefined) wire.#say(step)
      socket.resume()
      await answered
    }
    wire.#arrived = arrived
    socket.resume()
    return wire
  }

  /** Reads nothing until {@link resume}. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #say(text: string): void {
    const payload = Buffer.from(text)
    // Masked, as a client must, by a mask that changes nothing. No step is longer than a header of this kind can say.
    const header = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0])
    this.#socket.write(Buffer.concat([header, payload]))
  }
}

/** Asks for a WebSocket; answers what came after the server's consent. */
async function upgrade(socket: Socket, { path, subprotocol }: Greeting): Promise<Buffer> {
  const headers = [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ]
  socket.write(`${headers.join('\r\n')}\r\n\r\n`)
  let answer = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    answer = Buffer.concat([answer, chunk])
    const end = answer.indexOf('\r\n\r\n')
    if (end < 0) continue
    socket.pause()
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) {
      throw new Error(`a server refused the upgrade: ${answer.toString('latin1', 0, end)}`)
    }
    return answer.subarray(end + 4)
  }
}
