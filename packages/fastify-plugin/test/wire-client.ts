import { parseServerFrames } from '@livestore-kv/core/protocol'
import type {
  AnswerTo,
  HelloFrame,
  Requests,
  RequestType,
  ServerFrame,
  WireUpdate,
} from '@livestore-kv/core/protocol'

type Settled = ServerFrame<'answer' | 'refused' | 'error'>

/** Speaks the protocol over anything that carries messages, for tests. */
export class WireClient {
  readonly frames: ServerFrame[] = []
  readonly #transmit: (message: string) => void
  readonly #waiting = new Set<() => void>()
  // Above what tests write by hand.
  #id = 1_000

  constructor(transmit: (message: string) => void) {
    this.#transmit = transmit
  }

  /** Takes a message of the server. */
  receive(message: Uint8Array): void {
    for (const frame of parseServerFrames(message)) {
      if (!frame.ok) throw new Error(frame.error.message)
      this.frames.push(frame.value)
    }
    for (const look of this.#waiting) look()
  }

  /** Says hello and waits for the welcome. */
  async hello(token: string, fields: Partial<HelloFrame> = {}): Promise<ServerFrame<'welcome'>> {
    this.send({ type: 'hello', client: 'test', token, ...fields })
    const welcome = await this.next((frame) => frame.type === 'welcome')
    // Only this one has that type.
    return welcome as ServerFrame<'welcome'>
  }

  /** What the server said in answer to `hello`. */
  get welcome(): ServerFrame<'welcome'> {
    const welcome = this.frames.find((frame) => frame.type === 'welcome')
    if (welcome) return welcome
    throw new Error('there was no welcome')
  }

  send(frame: object): void {
    this.#transmit(JSON.stringify(frame))
  }

  sendRaw(message: string): void {
    this.#transmit(message)
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
}
