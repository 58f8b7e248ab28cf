import { createStore } from '@livestore-kv/actors'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { toPromise, waitFor } from 'xstate'
import type { InspectionEvent } from 'xstate'
import { describe, expect, it, vi } from 'vitest'
import { order } from './machines/order.ts'

describe('store.actor', () => {
  it('has the snapshot of now, and tells its subscribers of each version', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const actor = store.actor(key)
    const states: unknown[] = []
    const subscription = actor?.subscribe((snapshot) => states.push(snapshot.value))

    await store.mutate(key, { type: 'ship' })
    await store.mutate(key, { type: 'note' })
    await store.mutate(key, { type: 'pay', amount: 1 })
    subscription?.unsubscribe()
    await store.mutate(key, { type: 'greet' })

    expect(states).toEqual(['open', 'paid'])
    expect(actor?.getSnapshot().matches('paid')).toBe(true)
    expect([actor?.id, JSON.stringify(actor)]).toEqual([key, JSON.stringify({ xstate$$type: 1, id: key })])
    expect(store.actor('nobody')).toBeUndefined()
  })

  it('works with waitFor and toPromise', async () => {
    const clock = new FakeClock()
    await using store = createStore(order, { clock })
    const key = store.init({ item: 'book' })
    const actor = store.actor(key)
    if (actor === undefined) throw new Error('there is no actor')

    const paid = waitFor(actor, (snapshot) => snapshot.matches('paid'))
    const done = toPromise(actor)
    actor.send({ type: 'pay', amount: 1 })
    actor.send({ type: 'ship' })

    expect((await paid).context.paid).toBe(1)
    expect(await done).toEqual({ item: 'book' })
  })

  it('sends through the mailbox: after those who wait, and not past a guard', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const guard = await store.acquire(key)

    store.actor(key)?.send({ type: 'pay', amount: 1 })
    expect(store.fetch(key)?.value.state).toBe('open')
    guard?.release()

    expect(store.fetch(key)?.value.state).toBe('paid')
  })

  it('ends its subscribers when the entry is removed, and gives them the error of a machine that crashed', async () => {
    await using store = createStore(order, { crash: { policy: 'remove' }, onError: () => {} })
    const [key, other] = [store.init({ item: 'book' }), store.init({ item: 'pen' })]
    const completed = vi.fn<() => void>()
    const failed = vi.fn<(told: unknown) => void>()
    store.actor(key)?.subscribe({ complete: completed })
    store.actor(other)?.subscribe({ error: failed, complete: completed })

    await store.remove(key)
    const error = await errorOf(() => store.mutate(other, { type: 'pay' } as never))

    expect(completed).toHaveBeenCalledTimes(1)
    expect(failed).toHaveBeenCalledExactlyOnceWith(error)
  })

  it('a subscriber that throws hurts nobody else and goes to onError', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    await using store = createStore(order, { onError })
    const key = store.init({ item: 'book' })
    const boom = new Error('boom')
    const heard = vi.fn<(told: unknown) => void>()
    store.actor(key)?.subscribe(() => {
      throw boom
    })
    store.actor(key)?.subscribe(heard)

    await store.mutate(key, { type: 'note' })

    expect([heard.mock.calls.length, onError.mock.calls]).toEqual([1, [[boom]]])
  })
})

describe('inspect', () => {
  it('is given the inspection events of every hosted actor, with who sent what', async () => {
    const clock = new FakeClock()
    const seen: InspectionEvent[] = []
    await using store = createStore(order, { clock, inspect: (event) => seen.push(event) })
    const key = store.init({ item: 'book' })
    seen.length = 0

    await store.mutate(key, { type: 'note' })
    clock.advance(1_000)

    const events = seen.flatMap((event) =>
      event.type === '@xstate.event' ? [[event.event.type, event.sourceRef === event.actorRef]] : [],
    )
    expect(events).toEqual([
      ['note', false],
      [expect.stringContaining('xstate.after.1000'), true],
    ])
    expect(new Set(seen.map(({ type }) => type))).toEqual(
      new Set(['@xstate.event', '@xstate.microstep', '@xstate.action', '@xstate.snapshot']),
    )
  })
})
