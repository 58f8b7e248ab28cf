import { StoreError } from '@livestore-kv/core'

/** `value`, if it is a duration. @throws StoreError `INVALID_OPTIONS`, with the name of the option. */
export function milliseconds(option: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value
  throw new StoreError(
    'INVALID_OPTIONS',
    `${option} must be a positive number of milliseconds, not ${String(value)}`,
  )
}
