import type { Awaitable } from '@livestore-kv/core'
import type { RequestFrame, RequestType } from '@livestore-kv/core/protocol'
import type { Session } from '../sessions/session.ts'
import type { Reply } from './reply.ts'

/** One request and whose it is. */
export interface RequestContext<K extends RequestType = RequestType> {
  readonly session: Session
  readonly request: RequestFrame<K>
  /** Aborts when nobody wants an answer any more. */
  readonly signal: AbortSignal
}

/** Enters the mailbox, or whatever else the request asks for, before it returns; the outcome may come later. */
export type Enter<K extends RequestType> = (reply: Reply<K>) => Promise<void> | void

/**
 * Readies a request: checks what it brings and asks the application, which may take its time. What it answers is
 * called when it is the request's turn. What either throws is the request's answer.
 */
export type RequestHandler<K extends RequestType> = (context: RequestContext<K>) => Awaitable<Enter<K>>
