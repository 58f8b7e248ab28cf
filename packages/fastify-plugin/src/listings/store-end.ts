import { createKey } from '@livestore-kv/core'
import type { AnyLiveStore } from '@livestore-kv/core'

/**
 * Settles when `store` is closed, or `signal` aborts. Listeners are not told of the first; whoever reads a watch is,
 * and the watch of a key that nobody knows costs the store nothing.
 */
export async function endOf(store: AnyLiveStore, signal: AbortSignal): Promise<void> {
  const watch = await store.watch(createKey(), { awaitCreation: true, signal })
  const updates = watch?.[Symbol.asyncIterator]()
  for (let next = await updates?.next(); next?.done === false; next = await updates?.next());
}
