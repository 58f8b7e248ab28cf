import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AnyLiveStore } from '@livestore-kv/core'
import type { WireEntry } from '@livestore-kv/core/protocol'
import { RequestError } from '../request-error.ts'
import type { AnyEntry } from '../topics/entry-form.ts'
import type { Visibility } from './visibility.ts'

/** Entries that are looked at before others get their turn. */
const SLICE = 1_000

export interface GatheringOptions {
  readonly store: AnyLiveStore
  readonly visibility: Visibility
  /** An entry as it is listed. */
  readonly listed: (entry: AnyEntry) => WireEntry
  /** Entries that may be listed. */
  readonly limit: number
  /** Entries that may be looked at, seen or not. */
  readonly scanLimit: number
  /** Aborts when nobody wants them any more, and its reason is thrown. */
  readonly signal: AbortSignal
}

/**
 * The entries of a store that may be seen, each as it was when it was looked at.
 *
 * @throws RequestError `LISTING_TOO_LARGE`, `INTERNAL` if the application does not answer, and whatever `listed` throws.
 */
export async function gathered(options: GatheringOptions): Promise<readonly WireEntry[]> {
  const { store, visibility, listed, limit, scanLimit, signal } = options
  const entries: WireEntry[] = []
  let looked = 0
  for await (const entry of store.entries()) {
    signal.throwIfAborted()
    if (looked === scanLimit) {
      throw new RequestError('LISTING_TOO_LARGE', `the store holds more than ${scanLimit} entries`)
    }
    if (++looked % SLICE === 0) await nextTurn()
    if (!(await visibility.ofMany(entry.key))) continue
    if (entries.length === limit) {
      throw new RequestError('LISTING_TOO_LARGE', `the listing holds more than ${limit} entries`)
    }
    entries.push(listed(entry))
  }
  return entries
}
