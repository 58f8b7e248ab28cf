export type { Answers, AnswerTo, WireSnapshot } from './answer.ts'
export type {
  ClientFrame,
  HelloFrame,
  PongFrame,
  RequestFrame,
  Requests,
  RequestType,
  WatchForm,
  WireWrite,
} from './client-frame.ts'
export { CloseCode, isRetryable } from './close-code.ts'
export { encodeFrame, parseClientFrames, parseServerFrames } from './frame-parser.ts'
export type { FrameFault } from './frame-parser.ts'
export type { ErrorFrame, ServerFrame, ServerFrames, ServerFrameType, WireLimits } from './server-frame.ts'
export type { Position, TopicPosition } from './position.ts'
export { SUBPROTOCOL } from './subprotocol.ts'
export { wireEntry } from './wire-entry.ts'
export type { WireEntry } from './wire-entry.ts'
export type { WireLock } from './wire-lock.ts'
export { retryOf } from './wire-error.ts'
export type { Retry, WireErrorCode } from './wire-error.ts'
export type { SnapshotReason, WireChange, WireUpdate, WireUpdates, WireUpdateType } from './wire-update.ts'
