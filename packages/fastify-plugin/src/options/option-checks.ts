import { InvalidOptionsError } from './invalid-options-error.ts'

/** @throws InvalidOptionsError for an option that nobody reads. */
export function requireKnown(options: object, known: ReadonlySet<string>): void {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw new InvalidOptionsError(`unknown option ${JSON.stringify(name)}`)
  }
}

export function numbersOf<T extends Record<keyof T, number>>(
  option: string,
  given: unknown,
  defaults: T,
  parse: (option: string, value: unknown) => number,
): T {
  if (given === undefined) return defaults
  if (!isObject(given)) throw new InvalidOptionsError(`${option} must be an object`)
  const resolved: Record<string, number> = { ...defaults }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) throw new InvalidOptionsError(`unknown option "${option}.${name}"`)
    if (value !== undefined) resolved[name] = parse(`${option}.${name}`, value)
  }
  // Every name of the defaults, and no other.
  return resolved as T
}

export function callable<F>(option: string, value: unknown): F {
  // That it takes and answers the right things is for the types.
  if (typeof value === 'function') return value as F
  throw new InvalidOptionsError(`${option} must be a function`)
}

export function count(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidOptionsError(`${option} must be a positive whole number, not ${String(value)}`)
}

export function duration(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidOptionsError(`${option} must be a whole number of milliseconds, not ${String(value)}`)
}

export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}
