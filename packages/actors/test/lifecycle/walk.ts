import assert from 'node:assert/strict'
import { createStore } from '@livestore-kv/actors'
import type { EntryGuard, Result, Store } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { FakeClock, foo } from '@livestore-kv/core/testing'
import type { FooTypes } from '@livestore-kv/core/testing'
import { createActor, transition } from 'xstate'
import { entryLifecycle, events, place } from './entry-lifecycle.ts'
import type { Step } from './entry-lifecycle.ts'

// Never due when a sweep is.
const TIMEOUT_MS = 10_030
const SWEEP_MS = 100

/** One path, on a store and on the model. */
export class Walk {
  readonly taken = new Set<string>()
  readonly #clock = new FakeClock()
  readonly #store: Store<FooTypes> = createStore(foo, {
    clock: this.#clock,
    expiry: { timeoutMs: TIMEOUT_MS, sweepMs: SWEEP_MS },
  })
  readonly #model = createActor(entryLifecycle).start()
  readonly #key = createKey()
  readonly #waiting: { readonly abort: AbortController; readonly answer: Promise<unknown> }[] = []
  #guard: EntryGuard<FooTypes> | undefined
  #isTold = false
  #bar = 100

  async go(path: readonly Step[]): Promise<void> {
    const steps = [...path]
    this.#follow(steps)
    await this.#store.close()
    await Promise.all(this.#waiting.map(({ answer }) => answer))
  }

  /** Takes the steps one by one; `tell` takes those that follow inside of a listener. */
  #follow(steps: Step[]): void {
    for (let step = steps.shift(); step; step = steps.shift()) {
      if (step.type === 'told') {
        this.#isTold = true
        return
      }
      for (const idle of this.#roundabouts()) this.#go(idle)
      if (step.type === 'tell') this.#tell(steps)
      else this.#go(step)
    }
  }

  /** What leads back to where it is. */
  #roundabouts(): Step[] {
    const stand = this.#model.getSnapshot()
    return events.filter((event) => {
      const [next] = transition(entryLifecycle, stand, event)
      return event.type !== 'tell' && stand.can(event) && place(next) === place(stand)
    })
  }

  #go(step: Step): void {
    this.taken.add(step.type)
    this.#model.send(step)
    this.#take(step)
    this.#check(step)
  }

  #tell(steps: Step[]): void {
    this.taken.add('tell').add('told')
    this.#model.send({ type: 'tell' })
    const watch = this.#store.watch(this.#key)
    let isFirst = true
    this.#isTold = false
    watch?.onUpdate(() => {
      if (!isFirst) return
      isFirst = false
      this.#check({ type: 'tell' })
      this.#follow(steps)
    })
    void this.#mutate()
    watch?.close()
    // The path ends inside of the listener.
    if (!this.#isTold) return
    this.#model.send({ type: 'told' })
    this.#check({ type: 'told' })
  }

  #take({ type }: Step): void {
    switch (type) {
      case 'create':
        assert.equal(this.#store.create(this.#key, { bar: 1, baz: 2 }), undefined)
        break
      case 'mutate':
        void this.#mutate()
        break
      case 'touch':
        this.#store.touch(this.#key)
        break
      case 'remove':
        void this.#store.remove(this.#key)
        break
      case 'acquire':
        this.#guard = this.#store.tryAcquire(this.#key, { leaseMs: 60_000 })
        assert.ok(this.#guard)
        break
      case 'ask':
        this.#ask()
        break
      case 'cancel':
        this.#waiting.shift()?.abort.abort()
        break
      case 'release':
        this.#guard?.release()
        break
      case 'lose':
        // Its lease ends in a moment.
        this.#guard?.renew(1)
        this.#clock.advance(1)
        break
      case 'guardMutates':
        this.#guard?.mutate({ type: 'setBar', bar: ++this.#bar })
        break
      case 'guardRemoves':
        this.#guard?.remove()
        break
      case 'timePasses':
        this.#clock.advance((this.#store.expiresAt(this.#key) ?? 0) - this.#clock.now())
        break
      case 'sweep':
        this.#clock.advance(2 * SWEEP_MS)
        break
      case 'tell':
      case 'told':
        break
    }
  }

  /** What can be seen of the entry is what the model says. */
  #check({ type }: Step): void {
    const { value, context } = this.#model.getSnapshot()
    const state = typeof value === 'string' ? value : 'held'
    const entry = this.#store.fetch(this.#key)
    const isThere = state !== 'absent' && state !== 'removed'
    using watch = this.#store.watch(this.#key)

    if (state !== 'held' && state !== 'busy') this.#waiting.length = 0
    const seen = {
      version: entry?.version ?? 0,
      isThere: this.#store.has(this.#key),
      isHeld: watch?.lock !== undefined,
      waiting: this.#waiting.length,
    }
    const { version, waiting } = context
    assert.deepEqual({ type, ...seen }, { type, version, isThere, isHeld: state === 'held', waiting })
    const isLate = (this.#store.expiresAt(this.#key) ?? Infinity) <= this.#clock.now()
    if (state === 'expiring' || state === 'idle') assert.equal(isLate, state === 'expiring', type)
  }

  #ask(): void {
    const abort = new AbortController()
    const answer = this.#mutate(abort.signal)
    this.#waiting.push({ abort, answer: answer.catch(() => undefined) })
  }

  #mutate(signal?: AbortSignal): Promise<Result<unknown, unknown> | undefined> {
    return this.#store.mutate(this.#key, { type: 'setBar', bar: ++this.#bar }, signal && { signal })
  }
}
