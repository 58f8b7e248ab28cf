/** The options of the store. */
export interface ReferenceOptions {
  readonly maxEntries: number
  readonly mailboxCapacity: number
  readonly waitTimeoutMs: number
  readonly channelCapacity: number
  readonly timeoutMs: number
  readonly sweepMs: number
  readonly keepsWatched: boolean
}

/** The options of a call that waits its turn. */
export interface ReferenceTurn {
  /** The grant of a guard. */
  readonly token?: number | undefined
  readonly ifVersion?: number | undefined
  readonly timeoutMs?: number | undefined
  readonly message?: boolean | undefined
}

/** How an entry is held. */
export interface ReferenceHold {
  readonly leaseMs?: number | undefined
  readonly holder?: string | undefined
}
