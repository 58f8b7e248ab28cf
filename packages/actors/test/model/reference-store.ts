import { failure, nothing, Ticket } from './answer.ts'
import type { Answer } from './answer.ts'
import { entryAnswer, label } from './reference-entry.ts'
import type { Held, ReferenceEntry } from './reference-entry.ts'
import type { ReferenceHold, ReferenceOptions, ReferenceTurn } from './reference-options.ts'
import { ReferenceWatch } from './reference-watch.ts'
import type { ReferenceUpdate } from './reference-watch.ts'

interface Asked {
  readonly ticket?: Ticket
  /** The answer where the entry is missing. */
  readonly missing?: Answer
  /** What to do when the incarnation ends. */
  readonly gone?: () => unknown
}

/** The store as simple sequential code: what must be true of every implementation, without any of its speed. */
export class ReferenceStore {
  now = 0
  closed = false
  readonly entries = new Map<string, ReferenceEntry>()
  readonly watches = new Set<ReferenceWatch>()
  readonly #options: ReferenceOptions
  #incarnations = 0
  #grants = 0
  /** Calls of `withLock` that were granted and have not run yet. */
  #granted: (() => void)[] = []

  constructor(options: ReferenceOptions) {
    this.#options = options
  }

  // Calls that answer at once

  create(key: string, bar: number): Answer {
    if (this.closed) return { is: 'error', code: 'STORE_CLOSED' }
    const existing = this.entries.get(key)
    if (existing) return entryAnswer(existing)
    if (this.entries.size >= this.#options.maxEntries) return { is: 'error', code: 'STORE_FULL' }
    const { now } = this
    const entry: ReferenceEntry = {
      key,
      incarnation: ++this.#incarnations,
      createdAt: now,
      bar,
      version: 1,
      changedAt: now,
      touchedAt: undefined,
      expiresAt: undefined,
      held: undefined,
      waiting: [],
    }
    this.entries.set(key, entry)
    this.#tell(key, { type: 'create', entry: label(entry) })
    return nothing
  }

  broadcast(key: string): Answer {
    return this.#onEntry(key, (entry) => this.tellMessage(entry))
  }

  touch(key: string): Answer {
    return this.#onEntry(key, (entry) => {
      entry.touchedAt = this.now
      this.#tell(key, { type: 'deadline', expiresAt: this.deadline(entry) })
    })
  }

  expireIn(key: string, ms: number | undefined): Answer {
    return this.#onEntry(key, (entry) => {
      entry.expiresAt = ms === undefined ? undefined : this.now + ms
      this.#tell(key, { type: 'deadline', expiresAt: this.deadline(entry) })
    })
  }

  tryAcquire(key: string, hold: ReferenceHold): Held | Answer {
    if (this.closed) return { is: 'error', code: 'STORE_CLOSED' }
    const entry = this.entries.get(key)
    if (!entry || entry.held || entry.waiting.length > 0) return nothing
    return this.#hold(entry, hold)
  }

  watch(key: string | undefined, awaitsCreation: boolean): ReferenceWatch | Answer {
    if (this.closed) return { is: 'error', code: 'STORE_CLOSED' }
    if (key !== undefined && !awaitsCreation && !this.entries.has(key)) return nothing
    const subject = key === undefined || awaitsCreation ? undefined : this.entries.get(key)
    const watch = new ReferenceWatch(key, awaitsCreation, this.#options.channelCapacity, subject)
    this.watches.add(watch)
    return watch
  }

  // Calls that wait their turn

  assign(key: string, bar: number, turn: ReferenceTurn): Ticket {
    return this.#inTurn(key, turn, (entry) => this.overwrite(entry, bar, turn.message))
  }

  insert(key: string, bar: number, turn: ReferenceTurn, ticket = new Ticket()): Ticket {
    if (!this.closed && !this.entries.has(key) && turn.token === undefined) {
      if ((turn.ifVersion ?? 0) !== 0) return ticket.settle({ is: 'error', code: 'VERSION_CONFLICT' })
      return ticket.settle(this.create(key, bar))
    }
    const overwrite = (entry: ReferenceEntry): Answer => this.overwrite(entry, bar, turn.message)
    return this.#inTurn(key, turn, overwrite, { ticket, gone: () => this.insert(key, bar, turn, ticket) })
  }

  update(key: string, turn: ReferenceTurn): Ticket {
    return this.#inTurn(key, turn, (entry) => {
      this.overwrite(entry, entry.bar + 1, turn.message)
      return entryAnswer(entry)
    })
  }

  mutate(key: string, bar: number | 'explode', turn: ReferenceTurn): Ticket {
    return this.#inTurn(key, turn, (entry) => this.change(entry, bar))
  }

  remove(key: string, turn: ReferenceTurn): Ticket {
    return this.#inTurn(key, turn, (entry) => this.end(entry, 'removed', turn.message))
  }

  acquire(key: string, turn: ReferenceTurn, hold: ReferenceHold, granted: (held: Held) => void): Ticket {
    return this.#inTurn(key, turn, (entry) => {
      const held = this.#hold(entry, hold)
      granted(held)
      return { is: 'guard', grant: held.grant }
    })
  }

  /** Runs an update under the lock and releases it. */
  withLock(key: string, turn: ReferenceTurn, hold: ReferenceHold): Ticket {
    const ticket = new Ticket()
    const perform = (entry: ReferenceEntry): undefined => {
      const held = this.#hold(entry, hold)
      this.#granted.push(() => {
        this.overwrite(entry, entry.bar + 1, undefined)
        ticket.settle({ is: 'plain', value: entry.version })
        this.release(entry, held)
      })
    }
    return this.#inTurn(key, turn, perform, { ticket, missing: { is: 'error', code: 'NOT_FOUND' } })
  }

  /** Lets what was granted to `withLock` run, and what that lets run, until nothing is left. */
  settle(): void {
    for (let next = this.#granted.shift(); next; next = this.#granted.shift()) next()
  }

  // Changes of an entry whose turn it is

  overwrite(entry: ReferenceEntry, bar: number, message: boolean | undefined): Answer {
    const old = entryAnswer(entry)
    const from = label(entry)
    entry.expiresAt = undefined
    this.#commit(entry, bar)
    this.#tell(entry.key, { type: 'overwrite', old: from, new: label(entry), message: message === true })
    return old
  }

  change(entry: ReferenceEntry, bar: number | 'explode'): Answer {
    if (bar === 'explode') return failure(new Error('boom'))
    if (bar === 42) return { is: 'refused', error: 'bar-was-42' }
    const from = label(entry)
    this.#commit(entry, bar)
    this.#tell(entry.key, { type: 'mutate', old: from, new: label(entry), bar })
    return entryAnswer(entry)
  }

  tellMessage(entry: ReferenceEntry): void {
    this.#tell(entry.key, { type: 'message', entry: label(entry) })
  }

  renew(entry: ReferenceEntry, held: Held, leaseMs: number): void {
    held.expiresAt = this.now + leaseMs
    this.#tell(entry.key, { type: 'lock', holder: held.holder, expiresAt: held.expiresAt })
  }

  release(entry: ReferenceEntry, held: Held): void {
    if (held.over) return
    held.over = true
    entry.held = undefined
    this.#tell(entry.key, { type: 'unlock' })
    while (entry.held === undefined && this.entries.get(entry.key) === entry) {
      const next = entry.waiting.shift()
      if (!next) break
      next.run()
    }
  }

  /** Ends the incarnation. */
  end(entry: ReferenceEntry, reason: string, message: boolean | undefined): Answer {
    this.entries.delete(entry.key)
    this.#tell(entry.key, { type: 'remove', old: label(entry), reason, message: message === true })
    for (const watch of this.watches) if (watch.key === entry.key && !watch.awaitsCreation) watch.ended = true
    if (entry.held) Object.assign(entry.held, { over: true, lost: true })
    for (const { gone } of entry.waiting.splice(0)) gone()
    return entryAnswer(entry)
  }

  // Time

  deadline(entry: ReferenceEntry): number | undefined {
    const idle = (entry.touchedAt ?? entry.changedAt) + this.#options.timeoutMs
    const deadline = Math.min(idle, entry.expiresAt ?? Infinity)
    return deadline === Infinity ? undefined : deadline
  }

  /** Whether the entry may be swept now. */
  isDue(entry: ReferenceEntry): boolean {
    const watched = [...this.watches].some(({ key, ended }) => key === entry.key && !ended)
    if (entry.held || (watched && this.#options.keepsWatched)) return false
    return (this.deadline(entry) ?? Infinity) <= this.now
  }

  /** Ends the leases and the waits that are over at `now`. */
  passTo(now: number): void {
    this.now = now
    for (const entry of this.entries.values()) {
      const { held } = entry
      if (held?.expiresAt !== undefined && held.expiresAt <= now) {
        held.lost = true
        this.release(entry, held)
      }
      const late = entry.waiting.filter(({ deadline }) => deadline <= now)
      for (const { ticket } of late) this.cancel(ticket, { is: 'error', code: 'WAIT_TIMEOUT' })
    }
  }

  /** Ends one wait, if it still waits. */
  cancel(ticket: Ticket, answer: Answer): void {
    for (const entry of this.entries.values()) {
      const index = entry.waiting.findIndex((waiting) => waiting.ticket === ticket)
      if (index < 0) continue
      entry.waiting.splice(index, 1)
      ticket.settle(answer)
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const entry of this.entries.values()) {
      if (entry.held) Object.assign(entry.held, { over: true, lost: true })
      for (const { ticket } of entry.waiting.splice(0)) ticket.settle({ is: 'error', code: 'STORE_CLOSED' })
    }
    for (const watch of this.watches) {
      const entry = watch.key === undefined ? undefined : this.entries.get(watch.key)
      if (entry)
        watch.deliver({ type: 'remove', key: entry.key, old: label(entry), reason: 'closed', message: false })
      watch.ended = true
    }
  }

  // The rest

  #inTurn(
    key: string,
    turn: ReferenceTurn,
    perform: (entry: ReferenceEntry) => Answer | undefined,
    { ticket = new Ticket(), missing = nothing, gone = () => void ticket.settle(missing) }: Asked = {},
  ): Ticket {
    if (this.closed) return ticket.settle({ is: 'error', code: 'STORE_CLOSED' })
    const entry = this.entries.get(key)
    const { token, ifVersion, timeoutMs = this.#options.waitTimeoutMs } = turn
    if (token !== undefined && entry?.held?.grant !== token) {
      return ticket.settle({ is: 'error', code: 'GUARD_RELEASED' })
    }
    if (!entry) return ticket.settle(missing)

    const run = (): void => {
      const conflict = ifVersion !== undefined && ifVersion !== entry.version
      const answer: Answer | undefined = conflict ? { is: 'error', code: 'VERSION_CONFLICT' } : perform(entry)
      if (answer) ticket.settle(answer)
    }
    if (token !== undefined || (!entry.held && entry.waiting.length === 0)) run()
    else if (entry.waiting.length >= this.#options.mailboxCapacity) {
      ticket.settle({ is: 'error', code: 'MAILBOX_FULL' })
    } else entry.waiting.push({ ticket, deadline: this.now + timeoutMs, run, gone })
    return ticket
  }

  #onEntry(key: string, perform: (entry: ReferenceEntry) => void): Answer {
    if (this.closed) return { is: 'error', code: 'STORE_CLOSED' }
    const entry = this.entries.get(key)
    if (entry) perform(entry)
    return { is: 'plain', value: entry !== undefined }
  }

  #hold(entry: ReferenceEntry, { leaseMs, holder }: ReferenceHold): Held {
    const expiresAt = leaseMs === undefined ? undefined : this.now + leaseMs
    entry.held = { grant: ++this.#grants, holder, expiresAt, over: false, lost: false }
    this.#tell(entry.key, { type: 'lock', holder, expiresAt })
    return entry.held
  }

  #commit(entry: ReferenceEntry, bar: number): void {
    entry.bar = bar
    entry.version++
    entry.changedAt = this.now
    entry.touchedAt = undefined
  }

  #tell(key: string, update: ReferenceUpdate): void {
    for (const watch of this.watches) {
      if (watch.key === undefined || watch.key === key) watch.deliver({ ...update, key })
    }
  }
}
