import { greetings } from './greetings.ts'
import { RemoteServer } from './remote-server.ts'
import type { RemoteServerOptions } from './remote-server.ts'
import { now } from './stamp.ts'
import { WireSocket } from './wire-socket.ts'
import type { Arrival } from './frame-reader.ts'

/** Connections that are opened at a time. */
const AT_ONCE = 50
/** Of so many connections one reads when its messages were sent. */
const SAMPLED = 16

export interface AudienceOptions extends RemoteServerOptions {
  readonly size: number
}

/** A server in another process and its connections in this one; counts every message and every byte that arrives. */
export class Audience implements AsyncDisposable {
  readonly server: RemoteServer
  readonly sockets: WireSocket[] = []
  /** What a connection costs the server, in bytes. */
  bytesPerConnection = NaN
  #messages = 0
  #bytes = 0
  #expected = 0
  #latencies: number[] = []
  #allHere: () => void = () => undefined

  private constructor(server: RemoteServer) {
    this.server = server
  }

  static async gather(options: AudienceOptions): Promise<Audience> {
    const server = await RemoteServer.start(options)
    const audience = new Audience(server)
    const before = await server.ask('live')
    while (audience.sockets.length < options.size) await audience.#admit(options)
    audience.bytesPerConnection = ((await server.ask('live')) - before) / options.size
    return audience
  }

  /** Bytes of a message, on the average of all. */
  get bytesPerMessage(): number {
    return this.#bytes / this.#messages
  }

  /** How long messages took since this was asked last, in microseconds: of a sample of the connections. */
  takeLatencies(): readonly number[] {
    const latencies = this.#latencies
    this.#latencies = []
    return latencies
  }

  /** Has everybody told `count` texts at once; over when all of them have arrived. */
  async hear(count: number): Promise<void> {
    const allHere = new Promise<void>((resolve) => (this.#allHere = resolve))
    this.#expected += count * this.sockets.length
    this.server.burst(count)
    await allHere
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.close()
    await this.server[Symbol.asyncDispose]()
  }

  async #admit({ name, size }: AudienceOptions): Promise<void> {
    const room = Math.min(AT_ONCE, size - this.sockets.length)
    const opened = Array.from({ length: room }, (_, at) =>
      WireSocket.open({
        port: this.server.port,
        greeting: greetings[name],
        readsStamps: (this.sockets.length + at) % SAMPLED === 0,
        arrived: (arrival) => this.#count(arrival),
      }),
    )
    this.sockets.push(...(await Promise.all(opened)))
  }

  #count({ bytes, stamp }: Arrival): void {
    this.#bytes += bytes
    if (stamp !== undefined) this.#latencies.push(now() - stamp)
    if (++this.#messages === this.#expected) this.#allHere()
    else if (this.#messages > this.#expected) throw new Error('somebody heard something twice')
  }
}
