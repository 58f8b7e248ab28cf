import { isKey } from '@livestore-kv/core'
import { InvalidOptionsError } from '../options/invalid-options-error.ts'
import { isObject } from '../options/option-checks.ts'

/** Whose, or which, subscriptions an application ends. */
export type Revocation =
  /** Every session of a user: each is closed with 4010, and `authenticate` decides who comes back. */
  | { readonly userId: string }
  /** One session, as its client names it: closed the same way. */
  | { readonly session: string }
  /** Everybody's subscriptions to one entry; the sessions go on. */
  | { readonly store: string; readonly key: string }

const MEMBERS: ReadonlySet<string> = new Set(['userId', 'session', 'store', 'key'])

/**
 * What `given` revokes, its key as stores know it: a wrong one must not pass for one that found nothing.
 *
 * @throws InvalidOptionsError, which names what is wrong.
 */
export function parseRevocation(given: unknown, isServed: (store: string) => boolean): Revocation {
  const members = isObject(given) ? Object.entries(given).filter(([, value]) => value !== undefined) : []
  for (const [name, value] of members) {
    if (!MEMBERS.has(name)) throw new InvalidOptionsError(`revoke takes no ${JSON.stringify(name)}`)
    if (typeof value !== 'string')
      throw new InvalidOptionsError(`revoke: ${name} must be a string, not ${String(value)}`)
  }
  // Each has just been looked at.
  const { userId, session, store, key } = Object.fromEntries(members) as Record<string, string | undefined>
  if (members.length === 1 && userId !== undefined) return { userId }
  if (members.length === 1 && session !== undefined) return { session }
  if (members.length !== 2 || store === undefined || key === undefined)
    throw new InvalidOptionsError('revoke takes a userId, a session, or a store and a key')
  if (!isServed(store)) throw new InvalidOptionsError(`revoke: no store ${JSON.stringify(store)} is served`)
  if (!isKey(key)) throw new InvalidOptionsError(`revoke: key ${JSON.stringify(key)} is not a UUID version 4`)
  return { store, key: key.toLowerCase() }
}
