export type { Answers, AnswerTo, WireSnapshot } from './answer.ts'
export type {
  ClientFrame,
  HelloFrame,
  PongFrame,
  RequestFrame,
  Requests,
  RequestType,
} from './client-frame.ts'
export { CloseCode, isRetryable } from './close-code.ts'
export { encodeFrame, parseClientFrames, parseServerFrames } from './frame-parser.ts'
export type { FrameFault } from './frame-parser.ts'
export type { ErrorFrame, ServerFrame, ServerFrames, ServerFrameType, WireLimits } from './server-frame.ts'
export { SUBPROTOCOL } from './subprotocol.ts'
export { wireEntry } from './wire-entry.ts'
export type { WireEntry } from './wire-entry.ts'
export { retryOf } from './wire-error.ts'
export type { Retry, WireErrorCode } from './wire-error.ts'
export type { Position, WireChange, WireUpdate, WireUpdates, WireUpdateType } from './wire-update.ts'
