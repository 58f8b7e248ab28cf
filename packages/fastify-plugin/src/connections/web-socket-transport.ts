import { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Transport } from './transport.ts'
import type { WebSocketBytes } from './web-socket-bytes.ts'

const TEXT = { binary: false }
const NOTHING = Buffer.alloc(0)

export interface WebSocketTransportOptions {
  readonly socket: WebSocket
  /** What the WebSocket writes to, where that is known. */
  readonly stream: unknown
  /** Shared by every connection. */
  readonly bytes: WebSocketBytes
}

/** A WebSocket of the `ws` package as a {@link Transport}. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket
  readonly #stream: Socket | undefined
  readonly #bytes: WebSocketBytes
  /** Whether the stream has passed on what it was given last within the call. */
  #isPrompt = true

  constructor({ socket, stream, bytes }: WebSocketTransportOptions) {
    this.#socket = socket
    // With an extension, compression for example, messages are not what they are without. A request that was injected
    // has no socket, or somebody's idea of one.
    this.#stream = socket.extensions === '' && stream instanceof Socket ? stream : undefined
    this.#bytes = bytes
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  // Past `ws`, which would make a header for each frame and connection, and a write for each frame. What it writes
  // itself (a pong, a goodbye) are whole messages too, in the same stream, and it queues none: only extensions make it.
  send(frames: readonly Uint8Array[], sent: () => void): void {
    const socket = this.#socket
    if (this.#stream && socket.readyState === socket.OPEN) {
      return this.#write(this.#stream, this.#bytes.of(frames), sent)
    }
    const last = frames.length - 1
    for (const [at, frame] of frames.entries()) socket.send(frame, TEXT, at === last ? sent : undefined)
  }

  // Node calls back in a tick of its own for each stream, a twentieth of what a delivery costs. A TCP socket of somebody
  // who keeps up needs none: the kernel has the bytes when `write` returns.
  #write(stream: Socket, bytes: Buffer, sent: () => void): void {
    const wasPrompt = this.#isPrompt
    stream.write(bytes, wasPrompt ? undefined : sent)
    this.#isPrompt = stream.writableLength === 0
    if (!wasPrompt) return
    if (this.#isPrompt) sent()
    else stream.write(NOTHING, sent)
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }
}
