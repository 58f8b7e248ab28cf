import { isDeepStrictEqual } from 'node:util'
import type { Entry, Mirror, MirrorUpdate, ViewTypes } from '@livestore-kv/client'
import type { Journal } from './journal.ts'
import type { LedgerTypes, LedgerValue } from './ledger.ts'
import type { ServerLog } from './server-log.ts'

/** A ledger as somebody sees it: the whole of it, or a glimpse. */
export type SeenTypes = LedgerTypes | ViewTypes<LedgerTypes, 'glimpse'>

/** How somebody sees ledgers. */
export interface Sight {
  /** What is shown of a value. */
  readonly show: (value: LedgerValue) => SeenTypes['value']
  /** Whether versions are left out that look like those before. */
  readonly skips: boolean
}

/** A mirror, and whether what it tells is what happened, in order and without a gap that was not announced. */
export class ObservedMirror<T extends SeenTypes> {
  readonly mirror: Mirror<T>
  readonly sight: Sight
  readonly #journal: Journal
  readonly #log: ServerLog
  readonly #messages = new Set<string>()
  #at: { readonly epoch: number; readonly version: number } | undefined

  constructor(mirror: Mirror<T>, sight: Sight, journal: Journal, log: ServerLog) {
    this.mirror = mirror
    this.sight = sight
    this.#journal = journal
    this.#log = log
    mirror.onUpdate((update) => this.#take(update))
    mirror.onChange(() => this.#look())
  }

  #take(update: MirrorUpdate<T>): void {
    if (update.type === 'message') {
      const { id } = update.message
      if (this.#messages.has(id)) this.#fault(`was told the message ${id} twice`)
      this.#messages.add(id)
    }
    if (!('entry' in update) || !update.entry) return
    const { epoch, version } = update.entry
    const at = this.#at?.epoch === epoch ? this.#at.version : undefined
    const isStep = update.type === 'mutate' || update.type === 'overwrite'
    if (isStep && this.#at && !this.#isNext(epoch, at ?? 0, version))
      this.#fault(`${update.type} led from ${at} to ${version}`)
    if (!isStep && version < (at ?? 0)) this.#fault(`${update.type} went back from ${at} to ${version}`)
    if (!this.#isTrue(update.entry)) this.#fault(`${update.type} ${version} is another value`)
    this.#at = { epoch, version }
  }

  #look(): void {
    const { entry, predicted } = this.mirror.state
    if (!entry || predicted) return
    if (!this.#isTrue(entry)) this.#fault(`shows another value of version ${entry.version}`)
  }

  /** Whether `version` is the first after `before` that looks different, or the very next where none is left out. */
  #isNext(epoch: number, before: number, version: number): boolean {
    if (!this.sight.skips) return version === before + 1
    let next = before + 1
    while (next < version && this.#looksAsBefore(epoch, next)) next++
    return next === version && (before === 0 || !this.#looksAsBefore(epoch, version))
  }

  #looksAsBefore(epoch: number, version: number): boolean {
    const [old, now] = [version - 1, version].map((at) => this.#log.valueAt(epoch, at))
    return (
      old !== undefined && now !== undefined && isDeepStrictEqual(this.sight.show(old), this.sight.show(now))
    )
  }

  #isTrue({ epoch, version, value }: Entry<T>): boolean {
    const stored = this.#log.valueAt(epoch, version)
    return stored !== undefined && isDeepStrictEqual(value, this.sight.show(stored))
  }

  #fault(fault: string): void {
    this.#journal.fault(`a mirror ${fault}`)
  }
}
