import { isPositiveInteger, isText, object } from './field.ts'

/** A lock, as the session that holds it names it. */
export interface WireLock {
  readonly store: string
  readonly key: string
  readonly token: number
}

/** @internal */
export const isWireLock = object<WireLock>({ store: isText, key: isText, token: isPositiveInteger })
