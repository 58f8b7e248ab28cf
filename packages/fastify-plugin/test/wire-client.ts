import { once } from 'node:events'
import { parseServerFrames, SUBPROTOCOL } from '@livestore-kv/core/protocol'
import type { AnswerTo, Requests, RequestType, ServerFrame, WireUpdate } from '@livestore-kv/core/protocol'
import { WebSocket } from 'ws'

type Settled = ServerFrame<'answer' | 'refused' | 'error'>

/** Speaks the protocol over a real socket, for tests. */
export class WireClient implements Disposable {
  readonly socket: WebSocket
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<number>
  readonly #waiting = new Set<() => void>()
  #id = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      for (const frame of parseServerFrames(data)) {
        if (!frame.ok) throw new Error(frame.error.message)
        this.frames.push(frame.value)
      }
      for (const look of this.#waiting) look()
    })
    socket.on('error', () => undefined)
    this.closed = once(socket, 'close').then(([code]) => Number(code))
  }

  /** Connects without a word. */
  static async open(url: string, options: { headers?: Record<string, string> } = {}): Promise<WireClient> {
    const socket = new WebSocket(url, SUBPROTOCOL, options)
    const client = new WireClient(socket)
    await once(socket, 'open')
    return client
  }

  /** Connects and is welcomed. */
  static async connect(url: string, token: string): Promise<WireClient> {
    const client = await WireClient.open(url)
    client.send({ type: 'hello', client: 'test', token })
    await client.next((frame) => frame.type === 'welcome')
    return client
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame))
  }

  /** Sends a request without waiting; answers its id. */
  post<K extends RequestType>(type: K, fields: Requests[K]): number {
    const id = ++this.#id
    this.send({ type, id, ...fields })
    return id
  }

  /** What settles the request of `id`. */
  async settled(id: number): Promise<Settled> {
    const frame = await this.next((candidate) => 'id' in candidate && candidate.id === id)
    // Only these three have ids.
    return frame as Settled
  }

  request<K extends RequestType>(type: K, fields: Requests[K]): Promise<Settled> {
    return this.settled(this.post(type, fields))
  }

  /** The answer to a request, which must be one. */
  async ask<K extends RequestType>(type: K, fields: Requests[K]): Promise<AnswerTo<K>> {
    const frame = await this.request(type, fields)
    if (frame.type !== 'answer') throw new Error(`${type} was answered with ${JSON.stringify(frame)}`)
    // The result belongs to the type of the request.
    return frame.result as AnswerTo<K>
  }

  /** The first frame, already here or still to come, that `matches`. */
  next(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    return new Promise((resolve) => {
      const look = (): void => {
        const frame = this.frames.find(matches)
        if (frame === undefined) return
        this.#waiting.delete(look)
        resolve(frame)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** What `topic` has told so far. */
  updates(topic: number): WireUpdate[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'update' && frame.topic === topic ? [frame.update] : [],
    )
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}
