import type { WebSocketLike } from '../connection/web-socket.ts'
import { Lane } from './lane.ts'
import type { NetworkServer, ServerConnection, ServerTransport } from './network-server.ts'

const ABNORMAL = 1006
const NO_STATUS = 1005

/** Who learns at once that a connection is cut; the others learn it by not hearing anything any more. */
export type CutNotice = 'both' | 'client' | 'server' | 'nobody'

/** One message that arrives. */
export interface Delivery {
  readonly link: MemoryLink
  readonly from: 'client' | 'server'
  readonly message: string
}

/** What a link needs to know of its network. */
export interface LinkOptions {
  /** When something that is sent now arrives. */
  readonly due: () => number
  /** How many of so many things on their way still arrive. */
  readonly surviving: (count: number) => number
  readonly delivered: (delivery: Delivery) => void
  /** Neither end has anything to do with it any more. */
  readonly over: () => void
}

const decoder = new TextDecoder()

/** One connection: a client's WebSocket, a server's transport, and what is on its way between the two. */
export class MemoryLink implements WebSocketLike {
  readonly #options: LinkOptions
  /** From the client to the server. */
  readonly #up = new Lane()
  /** From the server to the client. */
  readonly #down = new Lane()
  #connection: ServerConnection | undefined
  #isClientOpen = true
  /** Whether the client has not been told that it is closed. */
  #isClientListening = true
  #isServerOpen = false
  onopen: ((event: never) => unknown) | null = null
  onmessage: ((event: never) => unknown) | null = null
  onclose: ((event: never) => unknown) | null = null
  onerror: ((event: never) => unknown) | null = null

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Both ways, for whoever schedules what arrives. */
  get lanes(): readonly Lane[] {
    return [this.#up, this.#down]
  }

  /** Whether the server has accepted it, and neither end has closed it. */
  get isOpen(): boolean {
    return this.#isClientOpen && this.#isServerOpen
  }

  /** The client's request to connect is on its way to `server`. */
  connect(server: () => NetworkServer | undefined): void {
    this.#up.send(this.#options.due(), 0, () => {
      const accepts = server()
      if (!accepts) return this.refuse()
      this.#isServerOpen = true
      this.#connection = accepts.accept(this.#transport(), undefined)
      this.#down.send(this.#options.due(), 0, () => this.#tellClient(this.onopen, {}))
    })
  }

  /** There is nobody to connect to. */
  refuse(): void {
    this.#down.breakWith(0, this.#options.due(), () => this.#endClient(ABNORMAL, ''))
  }

  send(message: string): void {
    if (!this.#isClientOpen) return
    this.#up.send(this.#options.due(), message.length, () => {
      if (!this.#isServerOpen) return
      this.#options.delivered({ link: this, from: 'client', message })
      this.#connection?.receive(message)
    })
  }

  close(code: number = NO_STATUS): void {
    if (!this.#isClientOpen) return
    this.#isClientOpen = false
    // Nobody reads any more, and what is not read does not hold up the other way.
    this.#down.isHeld = false
    this.#up.send(this.#options.due(), 0, () => this.#endServer(code))
    this.#settle()
  }

  /** The client reads nothing until {@link resume}. */
  pause(): void {
    this.#down.isHeld = true
  }

  resume(): void {
    this.#down.isHeld = false
  }

  /** Loses the connection: of what is on its way, some arrives still, in order, and nothing after it. */
  cut(notice: CutNotice = 'both'): void {
    const { due, surviving } = this.#options
    const [up, down] = [surviving(this.#up.length), surviving(this.#down.length)]
    if (notice === 'client' || notice === 'both') {
      this.#down.breakWith(down, due(), () => this.#endClient(ABNORMAL, ''))
    } else this.#down.break(down)
    if (notice === 'server' || notice === 'both') {
      this.#up.breakWith(up, due(), () => this.#endServer(ABNORMAL))
    } else this.#up.break(up)
  }

  #transport(): ServerTransport {
    // oxlint-disable-next-line typescript/no-this-alias -- a getter needs the link that it belongs to
    const link = this
    return {
      get bufferedAmount() {
        return link.#down.bytes
      },
      send: (frames, sent) => link.#write(frames, sent),
      close: (code, reason) => {
        if (!link.#isServerOpen) return
        link.#isServerOpen = false
        link.#down.send(link.#options.due(), 0, () => link.#endClient(code, reason))
        link.#settle()
      },
      terminate: () => {
        link.#isServerOpen = false
        const kept = link.#options.surviving(link.#down.length)
        link.#down.breakWith(kept, link.#options.due(), () => link.#endClient(ABNORMAL, ''))
        link.#settle()
      },
    }
  }

  #write(frames: readonly Uint8Array[], sent: () => void): void {
    const due = this.#options.due()
    frames.forEach((frame, at) => {
      this.#down.send(due, frame.byteLength, () => {
        const message = decoder.decode(frame)
        if (this.#isClientOpen) this.#options.delivered({ link: this, from: 'server', message })
        // Some platforms hand over what comes after the client has closed it.
        this.#tellClient(this.onmessage, { data: message })
        if (at === frames.length - 1) sent()
      })
    })
  }

  #tellClient(handler: ((event: never) => unknown) | null, event: object): void {
    // Handlers read the fields that they are given here.
    if (this.#isClientListening) handler?.(event as never)
  }

  #endClient(code: number, reason: string): void {
    const { onclose, onerror } = this
    const wasListening = this.#isClientListening
    this.#isClientOpen = false
    this.#isClientListening = false
    this.#settle()
    if (!wasListening) return
    // A standard WebSocket says so of every connection that failed.
    if (code === ABNORMAL) onerror?.({} as never)
    onclose?.({ code, reason } as never)
  }

  #endServer(code: number): void {
    const wasOpen = this.#isServerOpen
    this.#isServerOpen = false
    if (wasOpen) this.#connection?.disconnected(code)
    this.#down.send(this.#options.due(), 0, () => this.#endClient(code, ''))
    this.#settle()
  }

  #settle(): void {
    // A client that left before it was accepted is accepted, and has left then.
    const isQuiet = this.#up.due === Infinity && this.#down.due === Infinity
    const isOver = !this.#isClientOpen && !this.#isServerOpen && isQuiet
    if (isOver) this.#options.over()
  }
}
