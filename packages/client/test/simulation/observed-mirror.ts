import type { Mirror, MirrorUpdate } from '@livestore-kv/client'
import type { Journal } from './journal.ts'
import type { LedgerTypes } from './ledger.ts'
import type { ServerLog } from './server-log.ts'

/** A mirror, and whether what it tells is what happened, in order and without a gap that was not announced. */
export class ObservedMirror {
  readonly mirror: Mirror<LedgerTypes>
  readonly #journal: Journal
  readonly #log: ServerLog
  readonly #messages = new Set<string>()
  #at: { readonly epoch: number; readonly version: number } | undefined

  constructor(mirror: Mirror<LedgerTypes>, journal: Journal, log: ServerLog) {
    this.mirror = mirror
    this.#journal = journal
    this.#log = log
    mirror.onUpdate((update) => this.#take(update))
    mirror.onChange(() => this.#look())
  }

  #take(update: MirrorUpdate<LedgerTypes>): void {
    if (update.type === 'message') {
      const { id } = update.message
      if (this.#messages.has(id)) this.#fault(`was told the message ${id} twice`)
      this.#messages.add(id)
    }
    if (!('entry' in update) || !update.entry) return
    const { epoch, version, value } = update.entry
    const at = this.#at?.epoch === epoch ? this.#at.version : undefined
    const isStep = update.type === 'mutate' || update.type === 'overwrite'
    if (isStep && this.#at && version !== (at ?? 0) + 1)
      this.#fault(`${update.type} led from ${at} to ${version}`)
    if (!isStep && version < (at ?? 0)) this.#fault(`${update.type} went back from ${at} to ${version}`)
    if (this.#log.valueAt(epoch, version)?.chain !== value.chain)
      this.#fault(`${update.type} ${version} is another value`)
    this.#at = { epoch, version }
  }

  #look(): void {
    const { entry, predicted } = this.mirror.state
    if (!entry || predicted) return
    const { epoch, version, value } = entry
    if (this.#log.valueAt(epoch, version)?.chain !== value.chain)
      this.#fault(`shows another value of version ${version}`)
  }

  #fault(fault: string): void {
    this.#journal.fault(`a mirror ${fault}`)
  }
}
