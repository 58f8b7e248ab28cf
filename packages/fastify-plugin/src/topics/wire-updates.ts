import type { Entry, LiveValueTypes, Update } from '@livestore-kv/core'
import { wireEntry } from '@livestore-kv/core/protocol'
import type { Position, WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'

/** What an update does not say itself. */
export interface UpdateContext {
  /** Where the subscribers of the entry are. */
  readonly position: Position
  /** Who holds the entry. */
  readonly lock: WireSnapshot['lock']
  /** When it expires; `undefined` where the engine cannot say at once. */
  readonly expiresAt: number | null | undefined
}

/** `update` as it crosses the wire: by value, with its position. */
export function wireUpdate<T extends LiveValueTypes>(update: Update<T>, context: UpdateContext): WireUpdate {
  const { position, lock, expiresAt } = context
  switch (update.type) {
    case 'create':
      return { type: 'create', ...change(update.entry, expiresAt), createdAt: update.entry.createdAt }
    case 'mutate':
    // Its cause is the server's own affair: a client is told where it led.
    case 'transition':
      return { type: 'mutate', ...change(update.new, expiresAt) }
    case 'overwrite':
      return { type: 'overwrite', ...change(update.new, expiresAt), ...said(update.message) }
    case 'remove':
      return { type: 'remove', ...placeOf(update.old), reason: update.reason, ...said(update.message) }
    case 'message':
      return { type: 'message', ...placeOf(update.entry), message: update.message }
    case 'lock': {
      const { key, holder, expiresAt: leaseEndsAt } = update
      return { type: 'lock', key, ...position, ...lockInfo(holder, leaseEndsAt) }
    }
    case 'unlock':
      return { type: 'unlock', key: update.key, ...position }
    case 'deadline':
      return { type: 'deadline', key: update.key, ...position, expiresAt: update.expiresAt ?? null }
    case 'lagged': {
      const { missed, missedMessages, entry } = update
      return {
        type: 'lagged',
        missed,
        missedMessages,
        entry: entry ? wireEntry(entry) : null,
        lock,
        expiresAt: expiresAt ?? null,
      }
    }
  }
}

/** `told` for those who run the mutation themselves; anything else is told to everybody alike. */
export function asMutation<T extends LiveValueTypes>(told: WireUpdate, update: Update<T>): WireUpdate {
  if (told.type !== 'mutate' || update.type !== 'mutate') return told
  const { key, epoch, version, changedAt, expiresAt } = told
  return {
    type: 'mutation',
    key,
    epoch,
    version,
    mutation: update.mutation,
    changedAt,
    ...(expiresAt !== undefined && { expiresAt }),
  }
}

function placeOf<T extends LiveValueTypes>({ key, epoch, version }: Entry<T>): Position & { key: string } {
  return { key, epoch, version }
}

function change<T extends LiveValueTypes>(
  entry: Entry<T>,
  expiresAt: number | null | undefined,
): Position & { key: string; value: unknown; changedAt: number; expiresAt?: number | null } {
  return {
    ...placeOf(entry),
    value: entry.value ?? null,
    changedAt: entry.changedAt,
    ...(expiresAt !== undefined && { expiresAt }),
  }
}

function said(message: unknown): { message?: unknown } {
  return message === undefined ? {} : { message }
}

function lockInfo(holder: string | undefined, expiresAt: number | undefined): WireSnapshot['lock'] & object {
  return { ...(holder !== undefined && { holder }), ...(expiresAt !== undefined && { expiresAt }) }
}
