import type { AnyMachineSnapshot } from 'xstate'
import { StoreError } from '@livestore-kv/core'

const NO_TAGS: readonly string[] = Object.freeze([])

/** What a machine's snapshot is to its watchers, unless the definition selects something else. */
export function defaultValue({ value, context, status, tags }: AnyMachineSnapshot): object {
  return { state: value, context: context as unknown, status, tags: tags.size > 0 ? [...tags] : NO_TAGS }
}

/**
 * `value` with `can`: those of `types` that the machine accepts now, asked when somebody first reads it, and then kept.
 *
 * @throws StoreError `INVALID_DEFINITION` if the value cannot have members.
 */
export function withCan(value: unknown, snapshot: AnyMachineSnapshot, types: readonly string[]): object {
  if (typeof value !== 'object' || value === null) {
    throw new StoreError('INVALID_DEFINITION', `with can, select must answer an object, not ${String(value)}`)
  }
  let can: readonly string[] | undefined
  return Object.defineProperty({ ...value }, 'can', {
    enumerable: true,
    get: () => (can ??= Object.freeze(types.filter((type) => accepts(snapshot, type)))),
  })
}

function accepts(snapshot: AnyMachineSnapshot, type: string): boolean {
  if (snapshot.status !== 'active') return false
  try {
    return snapshot.can({ type })
  } catch {
    // A guard that wants more than the type says no.
    return false
  }
}

/**
 * Freezes plain objects and arrays, at any depth, each of them once (`frozen` knows which); whatever has a class is left
 * alone, for a context may hold actors. What is read lazily stays unread.
 */
export function freezePlain(value: unknown, frozen: WeakSet<object>): void {
  if (!isPlain(value) || frozen.has(value)) return
  frozen.add(Object.freeze(value))
  for (const { value: member } of Object.values(Object.getOwnPropertyDescriptors(value))) {
    freezePlain(member, frozen)
  }
}

/** A copy of the plain objects and arrays in `value`, at any depth, with everything else as it is. */
export function copyPlain(value: unknown): unknown {
  if (!isPlain(value)) return value
  if (Array.isArray(value)) return value.map(copyPlain)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyPlain(member)]))
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}
