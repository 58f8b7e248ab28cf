import { StoreError } from '@livestore-kv/core'

/**
 * With a slip in its name an option would do nothing, without a word.
 *
 * @throws StoreError `INVALID_OPTIONS`, also if `options`, which are found at `path`, are no object.
 */
export function assertKnown(options: unknown, known: ReadonlySet<string>, path = 'options'): void {
  if (typeof options !== 'object' || options === null) {
    throw new StoreError('INVALID_OPTIONS', `${path} must be an object, not ${String(options)}`)
  }
  for (const name in options) {
    if (known.has(name)) continue
    const option = path === 'options' ? name : `${path}.${name}`
    throw new StoreError('INVALID_OPTIONS', `unknown option ${JSON.stringify(option)}`)
  }
}

/** @throws StoreError `INVALID_OPTIONS` */
export function assertSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return
  throw new StoreError('INVALID_OPTIONS', `signal must be an AbortSignal, not a ${typeof signal}`)
}
