/** One call that waits its turn on an entry. Exactly one of its outcomes happens, once. */
export interface WaiterHandlers {
  /** Its turn has come. */
  readonly run: () => void
  /** The incarnation it was asked of ended. */
  readonly gone: () => void
  /** It was cancelled, or the store closed. */
  readonly fail: (error: unknown) => void
  /** It waited too long. */
  readonly late: () => void
}

/** A waiting call, linked into its mailbox. */
export class Waiter {
  readonly handlers: WaiterHandlers
  /** Milliseconds since 1970. */
  readonly deadline: number
  previous: Waiter | undefined
  next: Waiter | undefined
  waiting = false

  constructor(handlers: WaiterHandlers, deadline: number) {
    this.handlers = handlers
    this.deadline = deadline
  }
}
