import type { Definition, Entry, EntryKey, LiveValueTypes, MessageOf, MutationOf } from '@livestore-kv/core'
import type { Answers, Position, WireSnapshot, WireUpdate } from '@livestore-kv/core/protocol'
import type { Changing } from './change-batch.ts'
import type { ClientError } from './client-error.ts'
import type { MirrorState, MirrorUpdate } from './mirror-state.ts'
import { Predictions } from './predictions.ts'
import type { Prediction } from './predictions.ts'
import { lockInfo, mirrorUpdate, receivedEntry } from './received.ts'
import type { Session } from './session.ts'
import type { Subscriber } from './subscriptions.ts'

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
  readonly fields: { readonly store: string; readonly key: string }
  readonly #definition: Definition<T>
  readonly #session: Session
  readonly #unused: () => void
  readonly #predictions: Predictions<T>
  readonly #reflections = new Set<Reflection<T>>()
  #known: Known<T> = NOTHING
  #state: MirrorState<T> = { ...NOTHING, predicted: false }
  #holdTimer: unknown

  constructor(definition: Definition<T>, key: EntryKey, session: Session, unused: () => void) {
    this.#definition = definition
    this.fields = { store: definition.name, key }
    this.#session = session
    this.#unused = unused
    this.#predictions = new Predictions(definition, () => session.now(), session.options.onError)
  }

  get state(): MirrorState<T> {
    return this.#state
  }

  attach(reflection: Reflection<T>): void {
    this.#reflections.add(reflection)
    if (this.#reflections.size === 1) this.#session.subscriptions.add(this)
    // It may have come into being since somebody looked.
    else if (this.#known.status === 'gone' || this.#known.status === 'failed') {
      this.#session.subscriptions.renew(this)
    }
  }

  detach(reflection: Reflection<T>): void {
    this.#reflections.delete(reflection)
    if (this.#reflections.size > 0) return
    this.#release()
    this.#session.subscriptions.delete(this)
    this.#unused()
  }

  /** Shows `mutation` at once, where the server runs the same definition and the entry is known. */
  predict(mutation: MutationOf<T>): Prediction<T> | undefined {
    if (this.#known.entry === undefined || this.#known.status === 'gone') return undefined
    if (!this.#session.serves(this.#definition)) return undefined
    const prediction = this.#predictions.add(mutation)
    this.#changed()
    return prediction
  }

  /** The server has carried it out. */
  commit(prediction: Prediction<T>, { epoch, version }: Position): void {
    prediction.committed = { epoch, version }
    this.#changed()
  }

  /** The server has not carried it out, or nobody knows. */
  withdraw(prediction: Prediction<T>): void {
    this.#predictions.drop(prediction)
    this.#changed()
  }

  start({ entry, lock, expiresAt }: Answers['watch']): void {
    // Only an answer to a request that says what it knows already has none, and ours says nothing.
    if (entry) this.#adopt({ entry, lock, expiresAt })
  }

  take(update: WireUpdate): 'goes on' | 'is over' | 'is broken' {
    switch (update.type) {
      case 'mutate':
      case 'overwrite':
      case 'create':
        return this.#follow(update)
      case 'snapshot':
        this.#adopt(update)
        return 'goes on'
      case 'lagged': {
        const { missed, missedMessages, entry } = update
        // Without an entry, a `remove` follows.
        if (entry) this.#adopt({ ...update, entry }, { missed, missedMessages })
        else this.#tell({ type: 'lagged', missed, missedMessages, entry: undefined })
        return 'goes on'
      }
      case 'remove':
        this.#tell(mirrorUpdate(update))
        // A store closes with its server: what is there when it is back is seen then.
        this.#enter(
          update.reason === 'closed'
            ? { ...this.#known, status: 'stale', lock: undefined }
            : { ...NOTHING, entry: this.#known.entry, status: 'gone', reason: update.reason },
        )
        return 'is over'
      case 'revoked':
        return 'is broken'
      case 'lock':
        this.#tell(mirrorUpdate(update))
        this.#enter({ ...this.#known, lock: lockInfo(update) })
        return 'goes on'
      case 'unlock':
        this.#tell(mirrorUpdate(update))
        this.#enter({ ...this.#known, lock: undefined })
        return 'goes on'
      case 'deadline':
        this.#tell(mirrorUpdate(update))
        this.#enter({ ...this.#known, expiresAt: update.expiresAt ?? undefined })
        return 'goes on'
      case 'message':
        this.#tell(mirrorUpdate(update))
        return 'goes on'
      case 'mutation':
        // Nobody asked for this form.
        return 'is broken'
    }
  }

  pause(): void {
    if (this.#known.status === 'live') this.#enter({ ...this.#known, status: 'stale', lock: undefined })
  }

  resume(): void {
    if (this.#known.status === 'stale') this.#enter({ ...this.#known, status: 'live' })
  }

  fail(error: ClientError): void {
    const isMissing = error.code === 'NOT_FOUND'
    // How it went is known better than that it is not there.
    if (isMissing && this.#known.status === 'gone') return
    if (isMissing) this.#tell({ type: 'remove', reason: 'missing', message: undefined })
    const { entry } = this.#known
    this.#enter(
      isMissing
        ? { ...NOTHING, entry, status: 'gone', reason: 'missing' }
        : { ...NOTHING, entry, status: 'failed', error },
    )
  }

  tellChange(): void {
    this.#release()
    const { entry, ...known } = this.#known
    const isThere = entry !== undefined && known.status !== 'gone'
    if (isThere) this.#predictions.settle(entry)
    else this.#predictions.clear()
    const predicted = isThere ? this.#predictions.predict(entry) : entry
    this.#state = { ...known, entry: predicted, predicted: predicted !== entry }
    for (const reflection of this.#reflections) reflection.changed(this.#state)
  }

  #follow(update: Extract<WireUpdate, { type: 'mutate' | 'overwrite' | 'create' }>): 'goes on' | 'is broken' {
    const { entry } = this.#known
    if (!entry || entry.epoch !== update.epoch || update.version > entry.version + 1) return 'is broken'
    // It is in the snapshot.
    if (update.version <= entry.version) return 'goes on'

    const { version, value, changedAt, expiresAt = this.#known.expiresAt } = update
    const next: Entry<T> = receivedEntry({ ...entry, version, value, changedAt })
    this.#known = { ...this.#known, entry: next, expiresAt: expiresAt ?? undefined }
    // The message is the server's to check: it serves the same definition.
    const message = update.type === 'overwrite' ? (update.message as MessageOf<T> | undefined) : undefined
    this.#tell(
      update.type === 'overwrite'
        ? { type: 'overwrite', entry: next, message }
        : { type: 'mutate', entry: next },
    )
    if (this.#predictions.areOpen) this.#hold()
    else this.#changed()
    return 'goes on'
  }

  #adopt(
    { entry: wire, lock, expiresAt }: WireSnapshot,
    lag?: { missed: number; missedMessages: number },
  ): void {
    const entry = receivedEntry<T>(wire)
    this.#known = {
      ...NOTHING,
      status: 'live',
      entry,
      lock: lock ? lockInfo(lock) : undefined,
      expiresAt: expiresAt ?? undefined,
    }
    this.#tell(lag ? { type: 'lagged', ...lag, entry } : { type: 'snapshot', entry })
    this.#changed()
  }

  #enter(known: Known<T>): void {
    this.#known = known
    this.#changed()
  }

  #tell(update: MirrorUpdate<T>): void {
    for (const reflection of this.#reflections) reflection.updated(update)
  }

  #changed(): void {
    this.#session.batch.changed(this)
  }

  #hold(): void {
    const { clock } = this.#session.options
    this.#holdTimer ??= clock.setTimeout(() => this.#changed(), HOLD_MS)
  }

  #release(): void {
    this.#session.options.clock.clearTimeout(this.#holdTimer)
    this.#holdTimer = undefined
  }
}
