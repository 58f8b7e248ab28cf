import { stampIn } from './stamp.ts'

/** A message that has arrived whole. */
export interface Arrival {
  readonly bytes: number
  /** When it was stamped, in microseconds, if that was looked for and found. */
  readonly stamp: number | undefined
}

/** Finds the ends of WebSocket messages in what a server sends, and looks at no more of them than that. */
export class FrameReader {
  readonly #arrived: (arrival: Arrival) => void
  readonly #readsStamps: boolean
  /** The beginning of a header whose end has not come yet. */
  #cut: Buffer | undefined
  #bytes = 0
  /** How much of the message has yet to come. */
  #rest = 0
  #stamp: number | undefined

  constructor(readsStamps: boolean, arrived: (arrival: Arrival) => void) {
    this.#readsStamps = readsStamps
    this.#arrived = arrived
  }

  read(chunk: Buffer): void {
    const bytes = this.#cut ? Buffer.concat([this.#cut, chunk]) : chunk
    this.#cut = undefined
    let at = this.#rest > 0 ? this.#pass(bytes, 0) : 0
    while (at < bytes.length) {
      const header = headerAt(bytes, at)
      if (header === undefined) {
        this.#cut = bytes.subarray(at)
        return
      }
      at += header.length
      this.#bytes = this.#rest = header.payload
      this.#stamp = this.#readsStamps
        ? stampIn(bytes, at, Math.min(bytes.length, at + header.payload))
        : undefined
      at = this.#pass(bytes, at)
    }
  }

  /** Passes over what `bytes` holds of the message at `at`; answers where it ends. */
  #pass(bytes: Buffer, at: number): number {
    const here = Math.min(this.#rest, bytes.length - at)
    this.#rest -= here
    if (this.#rest === 0) this.#arrived({ bytes: this.#bytes, stamp: this.#stamp })
    return at + here
  }
}

/** A header of a server (RFC 6455, section 5.2, unmasked); `undefined` if it is not all there. */
function headerAt(bytes: Buffer, at: number): { length: number; payload: number } | undefined {
  const here = bytes.length - at
  if (here < 2) return undefined
  // Within the bytes by the line above.
  const [start, short] = [bytes[at], bytes[at + 1]] as [number, number]
  if (start !== WHOLE_TEXT) throw new Error(`a server sent a frame that begins with ${start}`)
  if (short < 126) return { length: 2, payload: short }
  if (short === 126) return here < 4 ? undefined : { length: 4, payload: bytes.readUInt16BE(at + 2) }
  return here < 10 ? undefined : { length: 10, payload: bytes.readUIntBE(at + 4, 6) }
}

/** FIN, and the opcode of a text. */
const WHOLE_TEXT = 0x81
