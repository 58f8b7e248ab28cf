import type { Accepted, Entry, Result } from '@livestore-kv/client'
import type { Journal } from './journal.ts'
import type { LedgerTypes } from './ledger.ts'
import type { ServerLog } from './server-log.ts'

/** What became of a change, as whoever asked for it knows. */
type Outcome =
  | { readonly type: 'done'; readonly at?: Pick<Accepted, 'epoch' | 'version'> }
  /** It was not carried out. */
  | { readonly type: 'not done' }
  /** It was carried out once, or not at all. */
  | { readonly type: 'unknown' }

/** Every promise that was asked for, and what it said. */
export class Asked {
  readonly #journal: Journal
  readonly #open = new Set<string>()
  readonly #outcomes = new Map<string, Outcome>()
  readonly #removals: Outcome[] = []

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** How many have not settled. */
  get open(): number {
    return this.#open.size
  }

  mutation(id: string, promise: Promise<Result<Accepted, unknown> | undefined>): Promise<void> {
    return this.#follow(id, promise, (result) =>
      result?.ok ? { type: 'done', at: result.value } : { type: 'not done' },
    )
  }

  /** A change that brings `id`, done if `isDone` says so of the answer. */
  change<R>(id: string, promise: Promise<R>, isDone: (answer: R) => boolean): Promise<void> {
    return this.#follow(id, promise, (answer) => ({ type: isDone(answer) ? 'done' : 'not done' }))
  }

  /** A removal, which brings nothing by which the log could know it again: all of them are looked at together. */
  removal(id: string, promise: Promise<Entry<LedgerTypes> | undefined>): Promise<void> {
    const read = (old: Entry<LedgerTypes> | undefined): Outcome =>
      old ? { type: 'done', at: old } : { type: 'not done' }
    return this.#follow(id, promise, read, (outcome) => this.#removals.push(outcome))
  }

  /** Anything that has to settle. */
  any(id: string, promise: Promise<unknown>): Promise<void> {
    return this.#follow(id, promise, () => undefined)
  }

  /** Compares what was said with what happened. */
  check(log: ServerLog): void {
    for (const id of this.#open) this.#journal.fault(`${id} never settled`)
    for (const [id, outcome] of this.#outcomes) {
      const times = log.times(id)
      const [least, most] = outcome.type === 'done' ? [1, 1] : [0, outcome.type === 'unknown' ? 1 : 0]
      if (times < least || times > most)
        this.#journal.fault(`${id} was said to be ${outcome.type}, and happened ${times} times`)
      if (outcome.type !== 'done' || !outcome.at) continue
      const { epoch, version } = outcome.at
      if (log.valueAt(epoch, version)?.last !== id)
        this.#journal.fault(`${id} did not lead to version ${version}`)
    }
    this.#checkRemovals(log)
  }

  #checkRemovals({ removed }: ServerLog): void {
    const done = this.#removals.flatMap((outcome) => (outcome.type === 'done' ? [outcome.at?.epoch] : []))
    const unknown = this.#removals.filter(({ type }) => type === 'unknown').length
    const said = new Set(done)
    if (said.size < done.length) this.#journal.fault('two were said to have removed the same')
    for (const epoch of said) {
      if (epoch === undefined || !removed.has(epoch))
        this.#journal.fault(`incarnation ${epoch} was said to be removed`)
    }
    const unsaid = removed.size - said.size
    if (unsaid > unknown)
      this.#journal.fault(`${unsaid} removals were told to nobody, and ${unknown} may have been`)
  }

  async #follow<R>(
    id: string,
    promise: Promise<R>,
    read: (answer: R) => Outcome | undefined,
    keep = (outcome: Outcome): unknown => this.#outcomes.set(id, outcome),
  ): Promise<void> {
    this.#open.add(id)
    let outcome: Outcome | undefined
    try {
      outcome = read(await promise)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'given up'
      this.#journal.count(`failed ${code}`)
      outcome = { type: code === 'UNKNOWN_OUTCOME' ? 'unknown' : 'not done' }
    }
    this.#open.delete(id)
    if (outcome) keep(outcome)
  }
}
