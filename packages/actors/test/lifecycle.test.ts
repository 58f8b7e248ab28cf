import { createStore } from '@livestore-kv/actors'
import type { EntryGuard, Result, Store } from '@livestore-kv/actors'
import { createKey } from '@livestore-kv/core'
import { FakeClock, foo } from '@livestore-kv/core/testing'
import type { FooTypes } from '@livestore-kv/core/testing'
import { createActor, transition } from 'xstate'
import type { EventFrom, SnapshotFrom } from 'xstate'
import { getSimplePaths } from 'xstate/graph'
import { describe, expect, it } from 'vitest'
import { entryLifecycle } from './lifecycle/entry-lifecycle.ts'

type Step = EventFrom<typeof entryLifecycle>

// Never due when a sweep is.
const TIMEOUT_MS = 10_030
const SWEEP_MS = 100

type Stand = SnapshotFrom<typeof entryLifecycle>

/** Where the model stands, however often the entry was changed. */
function place({ value, context: { waiting, isLate } }: Stand): string {
  return JSON.stringify([value, waiting, isLate])
}

const events = [...new Set(entryLifecycle.events)].map((type) => ({ type }) as Step)

/** Every way through the model that comes to no place twice, and from its end every step back. */
const paths = getSimplePaths(entryLifecycle, { events, serializeState: place, limit: 5_000 }).flatMap(
  ({ state, steps }) => {
    const path = steps.map(({ event }) => event as Step).filter(({ type }) => !type.startsWith('xstate.'))
    return events.filter((event) => state.can(event)).map((event) => [...path, event])
  },
)

describe('the lifecycle of an entry', () => {
  it('goes by every path of its model: idle, busy, held, waiting, expiring, removed', async () => {
    const walked = new Set<string>()
    for (const path of paths) {
      const walk = new Walk()
      await walk.go(path)
      for (const type of walk.taken) walked.add(type)
    }

    // Every event of the model was on some path.
    expect([...walked].sort()).toEqual(events.map(({ type }) => type).sort())
    expect(paths.length).toBeGreaterThan(100)
  })
})

/** One path, on a store and on the model. */
class Walk {
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
        expect(this.#store.create(this.#key, { bar: 1, baz: 2 })).toBeUndefined()
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
        expect(this.#guard).toBeDefined()
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

    expect({ type, version: entry?.version ?? 0 }).toEqual({ type, version: context.version })
    expect({ type, isThere: this.#store.has(this.#key) }).toEqual({ type, isThere })
    expect({ type, isHeld: watch?.lock !== undefined }).toEqual({ type, isHeld: state === 'held' })
    if (state === 'expiring') expect(this.#store.expiresAt(this.#key)).toBeLessThanOrEqual(this.#clock.now())
    if (state === 'idle') expect(this.#store.expiresAt(this.#key)).toBeGreaterThan(this.#clock.now())
    if (state !== 'held' && state !== 'busy') this.#waiting.length = 0
    expect({ type, waiting: this.#waiting.length }).toEqual({ type, waiting: context.waiting })
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
