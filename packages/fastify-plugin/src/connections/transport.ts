/** One connection of messages, as the protocol needs it: a WebSocket, or one half of a pair in memory. */
export interface Transport {
  /** Bytes handed over and not yet on their way. */
  readonly bufferedAmount: number
  /** Sends each frame in order, in one write where it can; calls `sent` once they have left, within the call or later. */
  send(frames: readonly Uint8Array[], sent: () => void): void
  /** Says goodbye; whoever is at the other end may take its time to answer. */
  close(code: number, reason: string): void
  /** Ends it at once, whatever the other end does. */
  terminate(): void
}
