import { once } from 'node:events'
import { encodeFrame, parseServerFrames, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type { ServerFrame } from '@livestore-kv/core/protocol'
import { vi } from 'vitest'
import { WebSocket } from 'ws'

/** A loaded machine is not a broken one. */
const PATIENCE = { timeout: 5_000 }

/** A client that does not keep to what the page would send. */
export class Wire {
  readonly #socket: WebSocket
  readonly #frames: ServerFrame[] = []
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (message: Buffer) => {
      for (const frame of parseServerFrames(message)) if (frame.ok) this.#frames.push(frame.value)
    })
  }

  /** Says hello as whoever has that name; names make secrets here. */
  static async connect(url: string, name: string): Promise<Wire> {
    const socket = new WebSocket(new URL('/live', url.replace('http', 'ws')), SUBPROTOCOL)
    await once(socket, 'open')
    const wire = new Wire(socket)
    const token = JSON.stringify({ secret: name.padEnd(24, '.'), name })
    wire.#socket.send(encodeFrame({ type: 'hello', client: 'wire', token }))
    const refused = once(socket, 'close').then(([code]) => {
      throw new Error(`the server closed with ${String(code)}`)
    })
    await Promise.race([wire.next('welcome'), refused])
    // From here on a close is what a test asks for.
    refused.catch(() => undefined)
    return wire
  }

  /** The first frame of that type, now or as soon as it comes. */
  async next<K extends ServerFrame['type']>(type: K): Promise<ServerFrame<K>> {
    const frame = await vi.waitFor(() => {
      const found = this.#frames.find((each) => each.type === type)
      if (!found) throw new Error(`no ${type} yet`)
      return found
    }, PATIENCE)
    this.#frames.splice(this.#frames.indexOf(frame), 1)
    // It was found by its type.
    return frame as ServerFrame<K>
  }

  /** What the server says to a request: the result, the refusal, or the code of the error. */
  async ask(request: { readonly type: string; readonly [field: string]: unknown }): Promise<unknown> {
    const id = ++this.#lastId
    this.#socket.send(JSON.stringify({ id, ...request }))
    const frame = await vi.waitFor(() => {
      const found = this.#frames.find((each) => 'id' in each && each.id === id)
      if (!found) throw new Error(`no answer to ${request.type} yet`)
      return found
    }, PATIENCE)
    if (frame.type === 'answer') return frame.result
    if (frame.type === 'refused') return { refused: frame.error }
    return frame.type === 'error' ? { code: frame.code } : frame
  }

  close(): void {
    this.#socket.close(1000)
  }
}
