import type { FakeClock } from '@livestore-kv/core/testing'
import type { ServerFrame } from '@livestore-kv/core/protocol'
import { createClient } from '@livestore-kv/client'
import type {
  Client,
  ClientOptions,
  ClientStore,
  WebSocketConstructor,
  WebSocketLike,
} from '@livestore-kv/client'
import type { ServerConnection, ServerTransport } from '@livestore-kv/client/testing'
import { note, sealed } from '../../fastify-plugin/test/definitions.ts'
import type { NoteTypes } from '../../fastify-plugin/test/definitions.ts'
import { memoryServer, settle } from '../../fastify-plugin/test/memory-server.ts'
import type { MemoryServer } from '../../fastify-plugin/test/memory-server.ts'

export { note, sealed, settle }
export type { NoteTypes }

type ServerOptions = Parameters<typeof memoryServer>[0]
type Definitions = typeof note | typeof sealed

/** Both ends of one connection: frames arrive in order, and later than they were sent. */
class MemorySocket implements WebSocketLike {
  readonly #network: MemoryNetwork
  readonly #connection: ServerConnection | undefined
  #isOpen = true
  onopen: ((event: never) => unknown) | null = null
  onmessage: ((event: never) => unknown) | null = null
  onclose: ((event: never) => unknown) | null = null
  onerror: ((event: never) => unknown) | null = null

  constructor(network: MemoryNetwork) {
    this.#network = network
    network.sockets.add(this)
    if (network.isDown) {
      queueMicrotask(() => this.cut())
      return
    }
    this.#connection = network.server.endpoint.accept(this.#serverEnd(), undefined)
    queueMicrotask(() => this.#emit(this.onopen, {}))
  }

  send(message: string): void {
    this.#network.sent.push(message)
    if (this.#network.isMute) return
    queueMicrotask(() => this.#isOpen && this.#connection?.receive(message))
  }

  close(code = 1005): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#network.sockets.delete(this)
    queueMicrotask(() => this.#connection?.disconnected(code))
  }

  /** Both ends lose it. */
  cut(code = 1006, reason = ''): void {
    if (!this.#isOpen) return
    this.close(code)
    this.#emit(this.onclose, { code, reason })
  }

  /** The client reads `data`, whoever it came from. */
  receive(data: string): void {
    this.#emit(this.onmessage, { data })
  }

  #serverEnd(): ServerTransport {
    return {
      bufferedAmount: 0,
      send: (frames, sent) => {
        for (const frame of frames) {
          const data = new TextDecoder().decode(frame)
          if (!this.#network.isMute && !this.#network.isDeaf)
            queueMicrotask(() => this.#isOpen && this.receive(data))
        }
        sent()
      },
      close: (code, reason) => this.cut(code, reason),
      terminate: () => this.cut(),
    }
  }

  #emit(handler: ((event: never) => unknown) | null, event: object): void {
    // Handlers read the fields that they are given here.
    handler?.(event as never)
  }
}

/** A server, and the connections to it, in memory and on a clock that stands still. */
export class MemoryNetwork {
  readonly clock: FakeClock
  readonly sockets = new Set<MemorySocket>()
  /** What clients sent. */
  readonly sent: string[] = []
  server: MemoryServer
  /** Whether connecting fails. */
  isDown = false
  /** Whether whatever is sent is lost, and nobody notices. */
  isMute = false
  /** Whether whatever the server sends is lost, and nobody notices. */
  isDeaf = false

  constructor(options?: ServerOptions) {
    this.server = memoryServer(options)
    this.clock = this.server.clock
  }

  /** What connects to this network. */
  get WebSocket(): WebSocketConstructor {
    // oxlint-disable-next-line typescript/no-this-alias -- a constructor needs the network it connects to
    const network = this
    return class extends MemorySocket {
      constructor() {
        super(network)
      }
    }
  }

  /** A client of the user `ada`, which comes back at once. */
  client(options: Partial<ClientOptions<Definitions>> = {}): Client<Definitions> {
    return createClient<Definitions>({
      url: 'ws://memory/live',
      definitions: [note, sealed],
      token: 'ada',
      WebSocket: this.WebSocket,
      clock: this.clock,
      random: () => 0.5,
      onError: (error) => {
        throw error
      },
      ...options,
    })
  }

  /** A connected client, and its notes. */
  async connect(
    options?: Partial<ClientOptions<Definitions>>,
  ): Promise<{ readonly client: Client<Definitions>; readonly notes: ClientStore<NoteTypes> }> {
    const client = this.client(options)
    await settle()
    return { client, notes: client.store(note) }
  }

  /** Every connection is lost. */
  cut(code?: number, reason?: string): void {
    for (const socket of this.sockets) socket.cut(code, reason)
  }

  /** Every client reads `frame`, as if the server had sent it. */
  inject(frame: ServerFrame | object | string): void {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame)
    for (const socket of this.sockets) socket.receive(data)
  }

  /** Lets the time of the next try come, and the connection with it. */
  async reconnect(): Promise<void> {
    for (let second = 0; second < 16; second++) {
      this.clock.advance(1_000)
      await settle()
    }
  }

  /** The frames of one type that were sent. */
  requests(type: string): Record<string, unknown>[] {
    const frames = this.sent.map((frame) => JSON.parse(frame) as Record<string, unknown>)
    return frames.filter((frame) => frame['type'] === type)
  }
}
