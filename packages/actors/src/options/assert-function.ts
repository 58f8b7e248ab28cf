import { StoreError } from '@livestore-kv/core'

/** @throws StoreError `INVALID_OPTIONS`, with the name of the option. */
export function assertFunction(option: string, value: unknown): void {
  if (typeof value === 'function') return
  throw new StoreError('INVALID_OPTIONS', `${option} must be a function, not ${String(value)}`)
}
