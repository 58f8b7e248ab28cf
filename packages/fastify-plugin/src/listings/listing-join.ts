import type { WireEntry } from '@livestore-kv/core/protocol'
import type { ToldUpdate } from '../topics/history.ts'

/**
 * What is left to tell of `held`, the updates since the listing began, once `entries` were listed: each entry was read
 * at its own moment, and what came before that moment is in it already.
 */
export function leftToTell(held: readonly ToldUpdate[], entries: readonly WireEntry[]): ToldUpdate[] {
  const listed = new Map(entries.map((entry) => [entry.key, entry]))
  /** Where among the held ones the listed incarnation of a key, or the first of one that is not listed, begins. */
  const births = new Map<string, number>()
  held.forEach(({ update }, at) => {
    if (update.type !== 'create') return
    const { epoch } = listed.get(update.key) ?? update
    if (epoch === update.epoch && !births.has(update.key)) births.set(update.key, at)
  })

  return held.filter(({ update }, at) => {
    // About the listing as a whole.
    if (!('key' in update)) return true
    const entry = listed.get(update.key)
    // Nobody was told of it, unless it begins meanwhile.
    if (entry === undefined) return at >= (births.get(update.key) ?? Infinity)
    // Of an incarnation that had ended when the entry was read.
    if (at < (births.get(update.key) ?? 0)) return false
    return update.type === 'remove' || update.epoch !== entry.epoch || update.version > entry.version
  })
}
