import { StoreError } from '@livestore-kv/core'

/** `value`, if it is a duration. @throws StoreError `INVALID_OPTIONS`, with the name of the option. */
export function milliseconds(option: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && value > 0 && value >= least && value < Infinity) return value
  const bound = least > 0 ? ` of at least ${least}` : ''
  throw new StoreError(
    'INVALID_OPTIONS',
    `${option} must be a positive number of milliseconds${bound}, not ${String(value)}`,
  )
}
