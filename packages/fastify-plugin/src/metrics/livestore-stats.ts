import type { DropReason } from './tally.ts'

/** How many there are now of what costs memory, and what went wrong since the server began. */
export interface LivestoreStats {
  readonly connections: number
  /** With a client or without. */
  readonly sessions: number
  /** So many of them wait for their client to come back. */
  readonly restingSessions: number
  readonly subscriptions: number
  /** Entries and listings that somebody is subscribed to. */
  readonly topics: number
  /** Bytes of what topics remember, for those who come back. */
  readonly historyBytes: number
  /** Bytes that wait for clients to read them, all together. */
  readonly waitingBytes: number
  /** What clients were not told, by the reason. */
  readonly dropped: Readonly<Record<DropReason, number>>
  /** Connections that the server closed, by the close code. */
  readonly closed: Readonly<Record<number, number>>
}
