import { isDeepStrictEqual } from 'node:util'
import type { Definition, Entry, Update } from '@livestore-kv/core'
import type { EntryGuard, Store, StoreOptions, Watch } from '@livestore-kv/actors'
import { FakeClock, foo } from '@livestore-kv/core/testing'
import type { FooTypes } from '@livestore-kv/core/testing'
import { nothing, Ticket } from './answer.ts'
import type { Answer } from './answer.ts'
import { entryAnswer, label } from './reference-entry.ts'
import type { Held, ReferenceEntry } from './reference-entry.ts'
import type { ReferenceOptions } from './reference-options.ts'
import { ReferenceStore } from './reference-store.ts'
import type { ReferenceWatch } from './reference-watch.ts'
import { Translator } from './translator.ts'
import type { Outcome } from './translator.ts'

export type CreateStore = (
  definition: Definition<FooTypes>,
  options: StoreOptions<FooTypes>,
) => Store<FooTypes>

interface Call {
  readonly name: string
  readonly ticket: Ticket
  outcome: Outcome | undefined
}

/** A guard on both sides; either side fills in its half when the turn comes. */
export interface GuardPair {
  readonly key: string
  held?: Held
  real?: EntryGuard<FooTypes>
}

export interface WatchPair {
  readonly real: Watch<FooTypes>
  readonly reference: ReferenceWatch
  readonly heard: Update<FooTypes>[]
  reader?: AsyncIterator<Update<FooTypes>>
  listens?: boolean
  checked: number
}

/** A store and its model, to which the same things happen. */
export class World {
  readonly clock = new FakeClock(1_000)
  readonly store: Store<FooTypes>
  readonly reference: ReferenceStore
  // Always the same, in both shards.
  readonly keys = [1, 2, 3].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`)
  readonly guards: GuardPair[] = []
  readonly watches: WatchPair[] = []
  readonly aborts: { readonly abort: () => void; readonly expect: () => void }[] = []
  readonly translator = new Translator((guard) => this.guards.find(({ real }) => real === guard)?.held?.grant)
  readonly #options: ReferenceOptions
  #calls: Call[] = []
  #expired: Entry<FooTypes>[] = []
  readonly #dueSince = new Map<ReferenceEntry, number>()
  #comparedAt = 0

  constructor(create: CreateStore, options: ReferenceOptions) {
    const { maxEntries, mailboxCapacity, waitTimeoutMs, channelCapacity, timeoutMs, sweepMs } = options
    this.#options = options
    this.reference = new ReferenceStore(options)
    this.reference.now = this.clock.now()
    const keepWhile = (_: unknown, { watchers }: { watchers: number }): boolean => watchers > 0
    const expiry = { timeoutMs, sweepMs, ...(options.keepsWatched && { keepWhile }) }
    this.store = create(foo, {
      clock: this.clock,
      shardCount: 2,
      maxEntries,
      mailboxCapacity,
      waitTimeoutMs,
      channelCapacity,
      ...(timeoutMs < Infinity && { expiry }),
    })
    this.store.onExpire((batch) => this.#expired.push(...batch))
  }

  /** Asks the store, then the model, whose answer may come later too. */
  ask(name: string, real: () => unknown, expected: () => Ticket | Answer): Ticket {
    let outcome: Outcome | undefined
    let answer: unknown
    try {
      answer = real()
      if (!(answer instanceof Promise)) outcome = { answer }
    } catch (error) {
      outcome = { error }
    }
    const said = expected()
    const ticket = said instanceof Ticket ? said : new Ticket().settle(said)
    const call: Call = { name, ticket, outcome }
    this.#calls.push(call)
    if (answer instanceof Promise) {
      answer.then(
        (value: unknown) => (call.outcome = { answer: value }),
        (error: unknown) => (call.outcome = { error }),
      )
    }
    return ticket
  }

  /** Lets time pass instant by instant, and compares at each. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (let steps = 0; this.clock.next <= end; steps++) {
      if (steps > 10_000) throw new Error('the store sets timers without end')
      const instant = this.clock.next
      while (this.clock.next === instant) this.clock.step()
      this.reference.passTo(this.clock.now())
      await this.compare('a timer')
    }
    this.clock.advance(end - this.clock.now())
    this.reference.passTo(end)
    await this.compare('the passing of time')
  }

  /** Lets everything settle that can, and throws unless the store and the model agree. */
  async compare(after: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.reference.settle()
    for (const entry of this.#expired.splice(0)) this.#expire(entry)
    this.#compareEntries(after)
    this.#compareGuards(after)
    this.#calls = this.#calls.filter((call) => !this.#compareCall(call, after))
    for (const watch of this.watches) this.#compareWatch(watch, after)
    this.#checkOverdue()
    this.#comparedAt = this.clock.now()
  }

  /** Closes the store, which leaves no timer behind. */
  async close(): Promise<void> {
    this.ask(
      'close',
      () => this.store.close(),
      () => {
        this.reference.close()
        return nothing
      },
    )
    await this.compare('close')
    this.agree('the timers that are left', this.clock.pending, 0)
  }

  /** The calls that have not been answered. */
  get unanswered(): readonly string[] {
    return this.#calls.map(({ name }) => name)
  }

  agree(what: string, real: unknown, expected: unknown): void {
    if (isDeepStrictEqual(real, expected)) return
    throw new Error(`${what}: the store says ${show(real)}, the model ${show(expected)}`)
  }

  #compareEntries(after: string): void {
    const { store, reference } = this
    const keys = [...store.keys()]
    this.agree(`the keys after ${after}`, keys.sort(), [...reference.entries.keys()].sort())
    this.agree(`the count after ${after}`, store.count(), reference.entries.size)
    for (const entry of reference.entries.values()) {
      const real = store.fetch(entry.key)
      if (real === undefined) throw new Error(`after ${after} an entry is listed and not found`)
      this.translator.learn(real.epoch, entry.incarnation)
      const { createdAt, changedAt } = real
      this.agree(`the entry after ${after}`, this.translator.answer({ answer: real }), entryAnswer(entry))
      this.agree('the times of an entry', { createdAt, changedAt }, pick(entry))
      if (!reference.closed) {
        this.agree('expiresAt', store.expiresAt(entry.key), reference.deadline(entry))
      }
    }
  }

  #compareCall(call: Call, after: string): boolean {
    const { name, outcome, ticket } = call
    this.agree(`${name} after ${after}`, outcome && this.translator.answer(outcome), ticket.answer)
    return outcome !== undefined
  }

  #compareGuards(after: string): void {
    let last = 0
    const granted = this.guards.filter(({ held, real }) => held && real)
    for (const { held, real } of granted.sort((a, b) => (a.held?.grant ?? 0) - (b.held?.grant ?? 0))) {
      if (!held || !real) continue
      if (real.token <= last) throw new Error(`token ${real.token} came after ${last}`)
      last = real.token
      this.agree(`whether a guard is lost after ${after}`, real.signal.aborted, held.lost)
    }
  }

  #compareWatch(pair: WatchPair, after: string): void {
    const { real, reference, heard, checked } = pair
    const expected = reference.heard.slice(checked)
    const told = heard.slice(checked).map((update) => this.translator.update(update))
    this.agree(`what a listener heard after ${after}`, told, expected)
    pair.checked = heard.length
    const held = reference.key === undefined ? undefined : this.reference.entries.get(reference.key)?.held
    if (!reference.ended) this.agree('the lock of a watch', real.lock !== undefined, held !== undefined)
  }

  /** Whether an entry may go is the model's to say; when, within two sweeps, is the store's. */
  #expire(gone: Entry<FooTypes>): void {
    const entry = this.reference.entries.get(gone.key)
    if (!entry) throw new Error('an entry expired that was not there, or twice')
    if (!this.reference.isDue(entry)) throw new Error('a fresh entry expired')
    this.agree('the expired entry', this.translator.label(gone), label(entry))
    this.reference.end(entry, 'expired', false)
  }

  #checkOverdue(): void {
    if (this.reference.closed) return
    const now = this.clock.now()
    for (const entry of this.reference.entries.values()) {
      if (!this.reference.isDue(entry)) {
        this.#dueSince.delete(entry)
        continue
      }
      const since =
        this.#dueSince.get(entry) ?? Math.max(this.reference.deadline(entry) ?? 0, this.#comparedAt)
      this.#dueSince.set(entry, since)
      if (now - since > 2 * this.#options.sweepMs) throw new Error('a stale entry stays')
    }
  }
}

function pick({ createdAt, changedAt }: ReferenceEntry): { createdAt: number; changedAt: number } {
  return { createdAt, changedAt }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined'
}
