import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A wire between one visitor and the server that can be cut, and mended. */
export class Line implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #far = new Set<Socket>()
  readonly #server = createServer((near) => this.#join(near))
  readonly #target: number
  #isCut = false

  private constructor(target: number) {
    this.#target = target
  }

  /** A line to the server at `url`. */
  static async to(url: string): Promise<Line> {
    const line = new Line(Number(new URL(url).port))
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    // A server that listens on TCP has such an address.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** What the server says gets stuck until the line is cut; what the visitor says arrives. */
  hush(): void {
    for (const far of this.#far) far.unpipe().pause()
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket): void {
    if (this.#isCut) return void near.destroy()
    const far = connect(this.#target, '127.0.0.1')
    this.#far.add(far)
    far.on('close', () => this.#far.delete(far))
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      // An end that is torn off tears the other: the error has nothing to add.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
