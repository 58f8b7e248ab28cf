/** Whether a field of a frame is what it must be. */
export type Field<T> = (value: unknown) => value is T

/** A field each, and every field of `T`. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> }

/** Keys too: whether one is a key of a store, the store says. */
export const isText: Field<string> = (value) => typeof value === 'string'
export const isNumber: Field<number> = (value) => typeof value === 'number'
export const isInteger: Field<number> = (value): value is number => Number.isSafeInteger(value)
export const isBoolean: Field<boolean> = (value) => typeof value === 'boolean'
/** A user's own value, mutation, message or error: it is there, and a schema looks at it later. */
export const isPayload: Field<unknown> = (value): value is unknown => value !== undefined

/** Ids of requests, topics and tokens. */
export const isPositiveInteger: Field<number> = (value): value is number => isInteger(value) && value > 0

/** A duration in milliseconds. */
export const isDuration: Field<number> = (value): value is number =>
  typeof value === 'number' && value > 0 && value < Infinity

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value): value is T | undefined => value === undefined || field(value)
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return (value): value is T | null => value === null || field(value)
}

export function either<A, B>(a: Field<A>, b: Field<B>): Field<A | B> {
  return (value): value is A | B => a(value) || b(value)
}

export function oneOf<const T extends string>(...texts: readonly T[]): Field<T> {
  return (value): value is T => texts.some((text) => text === value)
}

export function listOf<T>(field: Field<T>): Field<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(field)
}

export function object<T extends object>(fields: Fields<T>): Field<T> {
  return (value): value is T => isRecord(value) && wrongField(value, fields) === undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The name of the first field that is not what it must be. */
export function wrongField(value: Record<string, unknown>, fields: object): string | undefined {
  return Object.entries(fields).find(([name, field]) => !field(ownField(value, name)))?.[0]
}

/** Only what the frame itself says: never what it inherits. */
export function ownField(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}
