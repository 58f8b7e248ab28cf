/** What serves connections: `createEndpoint` of the Fastify plugin, or a server of your own. */
export interface NetworkServer {
  /** One more client is connected; what it sends is handed to what this answers. */
  accept(transport: ServerTransport, request: unknown): ServerConnection
}

/** The server's end of a connection. */
export interface ServerTransport {
  /** Bytes handed over that the client has not read. */
  readonly bufferedAmount: number
  /** Sends each frame as one message; calls `sent` when the client has read them. */
  send(frames: readonly Uint8Array[], sent: () => void): void
  /** Says goodbye. */
  close(code: number, reason: string): void
  /** Ends it at once: some of what is on its way is lost. */
  terminate(): void
}

/** What the server does with one connection. */
export interface ServerConnection {
  receive(message: string): void
  /** The client is gone; 1006 = without a word. */
  disconnected(code: number): void
}
