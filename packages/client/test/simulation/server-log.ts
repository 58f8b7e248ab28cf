import type { Store } from '@livestore-kv/actors'
import type { Entry } from '@livestore-kv/client'
import type { Journal } from './journal.ts'
import type { LedgerTypes, LedgerValue } from './ledger.ts'

/** What really happened, as the stores themselves told it, over every restart of the server. */
export class ServerLog {
  readonly #journal: Journal
  readonly #values = new Map<string, LedgerValue>()
  readonly #times = new Map<string, number>()
  readonly #keys = new Set<string>()
  readonly #removed = new Set<number>()
  readonly #holders = new Map<string, string | undefined>()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  follow(store: Store<LedgerTypes>): void {
    // Those of the store before are over with it.
    this.#holders.clear()
    store.watchAll().onUpdate((update) => {
      switch (update.type) {
        case 'create':
          if (this.#keys.has(update.key)) this.#journal.count('re-creation')
          this.#keys.add(update.key)
          return this.#add(update.entry)
        case 'mutate':
        case 'transition':
        case 'overwrite':
          return this.#add(update.new)
        case 'message':
          return this.#count(update.message.id)
        case 'lock':
          return this.#lock(update.key, update.holder)
        case 'unlock':
          return this.#unlock(update.key)
        case 'remove':
          this.#unlock(update.key)
          if (update.reason === 'removed') this.#removed.add(update.old.epoch)
          return this.#journal.count(update.reason)
        case 'lagged':
          return this.#journal.fault('the log itself lagged')
        case 'deadline':
          return undefined
      }
    })
  }

  valueAt(epoch: number, version: number): LedgerValue | undefined {
    return this.#values.get(`${epoch}/${version}`)
  }

  /** The incarnations that somebody removed. */
  get removed(): ReadonlySet<number> {
    return this.#removed
  }

  /** How often the change or the message `id` was accepted. */
  times(id: string): number {
    return this.#times.get(id) ?? 0
  }

  #add({ epoch, version, value }: Entry<LedgerTypes>): void {
    this.#values.set(`${epoch}/${version}`, value)
    this.#count(value.last)
  }

  #count(id: string): void {
    this.#times.set(id, this.times(id) + 1)
  }

  #lock(key: string, holder: string | undefined): void {
    const other = this.#holders.get(key)
    if (other !== undefined && other !== holder)
      this.#journal.fault(`${holder} got the lock that ${other} has`)
    this.#holders.set(key, holder)
  }

  #unlock(key: string): void {
    this.#holders.delete(key)
  }
}
