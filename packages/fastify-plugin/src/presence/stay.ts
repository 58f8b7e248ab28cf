import { StoreError } from '@livestore-kv/core'
import type { AnyPresence, LiveStore, PlaceTypes } from '@livestore-kv/core'
import { Countdown } from '../countdown.ts'
import { RequestError } from '../request-error.ts'
import type { Places } from './places.ts'

// What a member shows is known at run time only: the kinds of presence of an endpoint are different ones.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyPresenceTypes = any
export type AnyPlaceStore = LiveStore<PlaceTypes<AnyPresenceTypes>> & { readonly definition: AnyPresence }

/** Somewhere to be. */
export interface Place {
  readonly store: AnyPlaceStore
  readonly key: string
}

/** What others see of a member, besides who it is. */
export interface Appearance {
  readonly who: unknown
  readonly state: unknown
}

export interface StayOptions {
  readonly places: Places
  readonly place: Place
  readonly id: string
  readonly userId: string
}

/** How long to wait before leaving is tried again, in milliseconds. */
const AGAIN_MS = 1_000

/** One session's stay in one place. What is asked of it happens in the order in which it was asked. */
export class Stay {
  readonly place: Place
  readonly id: string
  readonly userId: string
  readonly #places: Places
  readonly #enteredAt: number
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #shown: Appearance | undefined

  constructor({ places, place, id, userId }: StayOptions) {
    this.#places = places
    this.#enteredAt = places.clock.now()
    this.place = place
    this.id = id
    this.userId = userId
  }

  /** What others see of it; `undefined` while it is not there. */
  get shown(): Appearance | undefined {
    return this.#shown
  }

  /** Whether it is not there, and nobody has asked it to be. */
  get isOver(): boolean {
    return this.#shown === undefined && this.#waiting === 0
  }

  /**
   * Enters, or shows another state.
   *
   * @throws RequestError `PLACE_FULL`
   */
  show(appearance: Appearance): Promise<void> {
    return this.#inTurn(() => this.#show(appearance))
  }

  /** Is there no more; never fails. */
  leave(): Promise<void> {
    return this.#inTurn(() => this.#leave())
  }

  async #show(appearance: Appearance): Promise<void> {
    const { store, key } = this.place
    const { state } = appearance
    if (isSame(appearance.who, this.#shown?.who)) {
      const shown = await store.mutate(key, { type: 'show', id: this.id, state })
      // Otherwise the application has taken it away, and it enters anew.
      if (shown?.ok) return void (this.#shown = appearance)
    }
    await this.#enter(appearance)
    this.#shown = appearance
  }

  async #enter(appearance: Appearance): Promise<void> {
    const { store, key } = this.place
    const { id, userId } = this
    const before = this.#places.lingering(this)
    const member = { id, userId, ...appearance, enteredAt: this.#enteredAt }
    for (;;) {
      await store.create(key, [])
      const entered = await store.mutate(key, {
        type: 'enter',
        member,
        ...(before && { instead: before.id }),
      })
      // Its seat is taken: what is left of it leaves nothing.
      if (entered?.ok) return void before?.leave()
      if (entered) throw new RequestError('PLACE_FULL', 'the place has as many members as it may have')
      // It was empty, and tidied away in between.
    }
  }

  async #leave(): Promise<void> {
    const { store, key } = this.place
    const { clock, onError } = this.#places
    while (this.#shown !== undefined) {
      try {
        await store.mutate(key, { type: 'leave', id: this.id })
        this.#shown = undefined
      } catch (error) {
        // Whoever holds the place lets go of it: nobody stays for ever because of that.
        if (isClosed(error)) this.#shown = undefined
        else {
          onError(error)
          await new Promise<void>((resolve) => new Countdown(clock, resolve).start(AGAIN_MS))
        }
      }
    }
    await this.#places.tidy(store, key)
  }

  async #inTurn(run: () => Promise<void>): Promise<void> {
    this.#waiting++
    const turn = this.#turn.then(run)
    this.#turn = turn.catch(() => undefined)
    try {
      await turn
    } finally {
      this.#waiting--
    }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function isClosed(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STORE_CLOSED'
}
