/** As much of the standard `WebSocket` as the client uses; the one of the `ws` package has it too. */
export interface WebSocketLike {
  // `never`: each platform has its own events, and the client reads the standard fields of them.
  onopen: ((event: never) => unknown) | null
  onmessage: ((event: never) => unknown) | null
  onclose: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
  send(message: string): void
  close(code?: number): void
}

/** What opens a WebSocket. */
export type WebSocketConstructor = new (url: string, protocol: string) => WebSocketLike
