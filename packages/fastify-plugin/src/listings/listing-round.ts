import type { WireEntry } from '@livestore-kv/core/protocol'
import type { Outbox } from '../connections/outbox.ts'

/** Somebody who wants to be answered a listing. */
export interface Asker {
  /** Tells the entries, and the `seq` after which comes what is told about them. */
  readonly answer: (entries: readonly WireEntry[], seq: number) => void
  /** Aborts when that is not wanted any more. */
  readonly signal: AbortSignal
}

/** All who were to be answered a listing went away before they were; whoever wants it still begins anew. */
export class UnwantedError extends Error {
  override readonly name = 'UnwantedError'
}

export interface ListingRoundOptions {
  /** Through which it is answered. */
  readonly outbox: Outbox
  readonly gather: () => Promise<readonly WireEntry[]>
  /** Whether it answered; otherwise what was gathered may not be told any more. */
  readonly answer: (asker: Asker, entries: readonly WireEntry[]) => boolean
  /** Asks the application whether the user may list the store at all, and throws if not. */
  readonly admit: () => Promise<unknown>
}

/**
 * Gathers a listing and answers each of `waiting` as soon as there is room for another one: it may be as large as
 * all that is listed. Takes out of `waiting` whom it answered.
 *
 * @returns what was answered last; `undefined` if nobody wanted it any more.
 */
export async function answerAll(
  waiting: Set<Asker>,
  { outbox, gather, answer, admit }: ListingRoundOptions,
): Promise<readonly WireEntry[] | undefined> {
  let entries = await gather()
  let told: readonly WireEntry[] | undefined
  for (const asker of waiting) {
    while (!asker.signal.aborted) {
      const isOver = await outbox.whenRoom(() => asker.signal.aborted || answer(asker, entries))
      if (isOver) break
      // What is not allowed any more is not told, however long ago it was gathered.
      await admit()
      entries = await gather()
    }
    if (asker.signal.aborted) continue
    told = entries
    waiting.delete(asker)
  }
  return told
}
