import { isInteger, object } from './field.ts'

/** Where a subscriber of an entry is: a smaller version of the same epoch is older; another epoch is another entry. */
export interface Position {
  readonly epoch: number
  readonly version: number
}

/** How far a client got in what a topic tells: the `seq` of the last frame of it that it read. */
export interface TopicPosition {
  readonly topic: number
  readonly seq: number
}

/** @internal */
export const isPosition = object<Position>({ epoch: isInteger, version: isInteger })
