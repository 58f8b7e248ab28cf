import type { WebSocket } from 'ws'
import type { Transport } from './transport.ts'

/** A WebSocket of the `ws` package as a {@link Transport}. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket
  readonly #stream: Corkable | undefined

  /** `stream` is what the WebSocket writes to, where it is known. */
  constructor(socket: WebSocket, stream: Corkable | undefined) {
    this.#socket = socket
    this.#stream = stream
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  // One message a frame, so that its bytes are shared by every connection; one write for all of them.
  send(frames: readonly Uint8Array[], sent: () => void): void {
    const last = frames.length - 1
    // One frame needs none: ws gathers its parts itself.
    if (last > 0) this.#stream?.cork()
    for (const [at, frame] of frames.entries()) this.#socket.send(frame, TEXT, at === last ? sent : undefined)
    if (last > 0) this.#stream?.uncork()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }
}

const TEXT = { binary: false }

/** What can gather several writes into one. */
interface Corkable {
  cork(): void
  uncork(): void
}
