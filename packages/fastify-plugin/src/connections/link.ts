import type { CloseCode } from '@livestore-kv/core/protocol'
import type { Identity } from '../options/endpoint-options.ts'
import type { Outbox } from './outbox.ts'

/** The connection that a session goes through at the moment. */
export interface Link {
  readonly outbox: Outbox
  /** What the connection came with, for the application. */
  readonly request: unknown
  /** Who it is by fresh credentials; `undefined` if those end the connection. */
  authenticate(token: string): Promise<Identity<unknown> | undefined>
  close(code: CloseCode, reason: string): void
}
