import type { Definition, LiveValueTypes, MutationOf } from '@livestore-kv/core'
import type { Answers, Position, Requests, WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'
import type { ClientError } from '../client-error.ts'
import { changedEntry, lockInfo, receivedEntry } from '../received.ts'
import type { Changing } from '../session/change-batch.ts'
import type { Session } from '../session/session.ts'
import type { Subscriber } from '../session/subscriptions.ts'
import type { MirrorState, MirrorUpdate } from './mirror-state.ts'
import { Predictions } from './predictions.ts'

/** A mirror, as what it mirrors sees it. */
export interface Reflection<T extends LiveValueTypes> {
  changed(state: MirrorState<T>): void
  updated(update: MirrorUpdate<T>): void
}

/**
 * How long news of a change waits for the answer to a prediction that may have led to it, in milliseconds: the server
 * sends the two in one write, and told one by one they would show the mutation twice.
 */
const HOLD_MS = 50

/** The same after a cut, when the answer that was lost with it is asked for again: a journey there and back. */
const RESUME_HOLD_MS = 1_000

type Known<T extends LiveValueTypes> = Omit<MirrorState<T>, 'predicted'>

const NOTHING = {
  status: 'loading',
  entry: undefined,
  lock: undefined,
  expiresAt: undefined,
  reason: undefined,
  error: undefined,
} as const

/** One watched entry, shared by all of its mirrors: what the server told, and what is predicted on top of it. */
export class LiveEntry<T extends LiveValueTypes> implements Subscriber, Changing {
  readonly type = 'watch'
  readonly fields: Requests['watch']
  readonly #definition: Definition<T>
  readonly #session: Session
  readonly #unused: () => void
  readonly #predictions: Predictions<T>
  readonly #reflections = new Set<Reflection<T>>()
  #known: Known<T> = NOTHING
  #state: MirrorState<T> = { ...NOTHING, predicted: false }
  #holdTimer: unknown

  constructor(definition: Definition<T>, fields: Requests['watch'], session: Session, unused: () => void) {
    this.#definition = definition
    this.fields = fields
    this.#session = session
    this.#unused = unused
    this.#predictions = new Predictions(definition, session)
  }

  get state(): MirrorState<T> {
    return this.#state
  }

  attach(reflection: Reflection<T>): void {
    this.#reflections.add(reflection)
    const { status } = this.#known
    // What is gone may have come into being since somebody looked.
    if (this.#reflections.size === 1 || status === 'gone' || status === 'failed') {
      this.#session.subscriptions.add(this)
    }
  }

  detach(reflection: Reflection<T>): void {
    this.#reflections.delete(reflection)
    if (this.#reflections.size > 0) return
    this.#release()
    this.#session.subscriptions.delete(this)
    this.#unused()
  }

  /**
   * Shows `mutation` at once, where the server runs the same definition and the entry is known. Answers what to call when
   * its outcome is known: with where it led, or without.
   */
  predict(mutation: MutationOf<T>): ((led?: Position) => void) | undefined {
    if (!this.#known.entry || this.#known.status === 'gone') return undefined
    if (!this.#session.serves(this.#definition)) return undefined
    const prediction = this.#predictions.add(mutation)
    this.#changed()
    return (led) => {
      if (led) prediction.committed = led
      else this.#predictions.drop(prediction)
      this.#changed()
    }
  }

  start({ entry, lock, expiresAt }: Answers['watch']): void {
    // Only an answer to a request that says what it knows already has none, and ours says nothing.
    if (entry) this.#adopt({ type: 'snapshot', entry, lock, expiresAt })
  }

  take(update: WireUpdate): 'goes on' | 'is over' | 'is broken' {
    switch (update.type) {
      case 'mutate':
      case 'overwrite':
        return this.#follow(update)
      case 'snapshot':
      case 'lagged':
      case 'message':
        // That it has an entry is what was looked at.
        if ('entry' in update && update.entry) this.#adopt(update as WireSnapshot & typeof update)
        // Of what lagged without one, a `remove` follows.
        else this.#tell(update)
        return 'goes on'
      case 'lock':
        return this.#hear(update, { lock: lockInfo(update) })
      case 'unlock':
        return this.#hear(update, { lock: undefined })
      case 'deadline':
        return this.#hear(update, { expiresAt: update.expiresAt ?? undefined })
      case 'remove': {
        const { reason } = update
        const { entry } = this.#known
        // A store closes with its server: what is there when it is back is seen then.
        this.#hear(
          update,
          reason === 'closed' ? { status: 'stale' } : { ...NOTHING, entry, status: 'gone', reason },
        )
        return 'is over'
      }
      // Not for us, and in a form that nobody asked for; or the next answer says why not.
      case 'create':
      case 'mutation':
      case 'revoked':
        return 'is broken'
    }
  }

  pause(error?: ClientError): void {
    const { status } = this.#known
    if (error || status === 'live')
      this.#enter({ ...this.#known, status: status === 'live' ? 'stale' : status, error })
  }

  resume(): void {
    if (this.#known.status !== 'stale') return
    this.#known = { ...this.#known, status: 'live' }
    this.#changedBy(RESUME_HOLD_MS)
  }

  fail(error: ClientError): void {
    const { entry, status } = this.#known
    if (error.code !== 'NOT_FOUND') return this.#enter({ ...NOTHING, entry, status: 'failed', error })
    // How it went is known better than that it is not there.
    if (status === 'gone') return
    const reason = 'missing'
    this.#hear({ type: 'remove', reason }, { ...NOTHING, entry, status: 'gone', reason })
  }

  tellChange(): void {
    this.#release()
    const { entry, ...known } = this.#known
    let predicted = entry
    if (entry && known.status !== 'gone') predicted = this.#predictions.predict(entry)
    else this.#predictions.clear()
    this.#state = { ...known, entry: predicted, predicted: predicted !== entry }
    for (const reflection of this.#reflections) reflection.changed(this.#state)
  }

  #follow(update: WireUpdate<'mutate' | 'overwrite'>): 'goes on' | 'is broken' {
    const { entry } = this.#known
    if (!entry || entry.epoch !== update.epoch) return 'is broken'
    // It is in the snapshot.
    if (update.version <= entry.version) return 'goes on'
    // A view says nothing of the versions in which it did not change.
    if (update.version !== entry.version + 1 && !this.fields.view) return 'is broken'

    const { expiresAt = this.#known.expiresAt } = update
    const next = changedEntry<T>(entry, update)
    this.#known = { ...this.#known, entry: next, expiresAt: expiresAt ?? undefined }
    this.#tell({ ...update, entry: next })
    this.#changedBy(HOLD_MS)
    return 'goes on'
  }

  #adopt(update: WireSnapshot & { readonly type: 'snapshot' | 'lagged' }): void {
    const { entry, lock, expiresAt } = update
    this.#known = {
      ...NOTHING,
      status: 'live',
      entry: receivedEntry(entry),
      lock: lock ?? undefined,
      expiresAt: expiresAt ?? undefined,
    }
    this.#tell(update)
    this.#changedBy(HOLD_MS)
  }

  #hear(update: object, change: Partial<Known<T>>): 'goes on' {
    this.#tell(update)
    this.#known = { ...this.#known, ...change }
    this.#changedBy(HOLD_MS)
    return 'goes on'
  }

  #enter(known: Known<T>): void {
    this.#known = known
    this.#changed()
  }

  #tell(update: object): void {
    // As the server told it, with what belongs to the protocol; messages are the server's to check, as values are.
    for (const reflection of this.#reflections) reflection.updated(update as MirrorUpdate<T>)
  }

  #changed(): void {
    this.#session.batch.changed(this)
  }

  /** Tells of a change that a prediction may have led to: when that is answered, and `holdMs` later at the latest. */
  #changedBy(holdMs: number): void {
    const { clock } = this.#session.options
    if (!this.#predictions.areOpen) this.#changed()
    else this.#holdTimer ??= clock.setTimeout(() => this.#changed(), holdMs)
  }

  #release(): void {
    this.#session.options.clock.clearTimeout(this.#holdTimer)
    this.#holdTimer = undefined
  }
}
