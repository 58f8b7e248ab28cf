import type { HelloFrame } from '@livestore-kv/core/protocol'
import type { Connection } from '../src/connections/connection.ts'
import type { Transport } from '../src/connections/transport.ts'
import type { Endpoint } from '../src/endpoint.ts'
import { WireClient } from './wire-client.ts'

/** The server's half of a connection in memory, which can be stopped as a full network stops one. */
export class MemoryTransport implements Transport {
  /** Every frame that arrived, by identity. */
  readonly arrived: Uint8Array[] = []
  /** How many frames came in each write. */
  readonly writes: number[] = []
  readonly #receive: (frame: Uint8Array) => void
  readonly #stuck: { readonly frames: readonly Uint8Array[]; readonly sent: () => void }[] = []
  #paused = false
  goodbye: { readonly code: number; readonly reason: string } | undefined
  terminated = false

  constructor(receive: (frame: Uint8Array) => void) {
    this.#receive = receive
  }

  get bufferedAmount(): number {
    return this.#stuck.flatMap(({ frames }) => frames).reduce((bytes, frame) => bytes + frame.byteLength, 0)
  }

  send(frames: readonly Uint8Array[], sent: () => void): void {
    this.writes.push(frames.length)
    this.#stuck.push({ frames, sent })
    if (!this.#paused) this.#drain(Infinity)
  }

  close(code: number, reason: string): void {
    this.goodbye ??= { code, reason }
  }

  terminate(): void {
    this.terminated = true
  }

  /** From now on nothing is read. */
  pause(): void {
    this.#paused = true
  }

  /** Reads `writes` of what waits. */
  read(writes: number): void {
    this.#drain(writes)
  }

  resume(): void {
    this.#paused = false
    this.#drain(Infinity)
  }

  #drain(limit: number): void {
    for (const { frames, sent } of this.#stuck.splice(0, limit)) {
      for (const frame of frames) {
        this.arrived.push(frame)
        this.#receive(frame)
      }
      sent()
    }
  }
}

/** A client in memory. */
export class MemoryClient extends WireClient {
  readonly transport: MemoryTransport
  readonly connection: Connection

  constructor(endpoint: Endpoint) {
    super((message) => this.connection.receive(message))
    this.transport = new MemoryTransport((frame) => this.receive(frame))
    this.connection = endpoint.accept(this.transport, undefined)
  }

  /** Connects and is welcomed. */
  static async connect(
    endpoint: Endpoint,
    token: string,
    fields: Partial<HelloFrame> = {},
  ): Promise<MemoryClient> {
    const client = new MemoryClient(endpoint)
    await client.hello(token, fields)
    return client
  }

  /** The network fails: neither end says anything. */
  cut(): void {
    this.connection.disconnected(1006)
  }
}
