import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { errorOf, FakeClock } from '@livestore-kv/core/testing'
import { createMachine, sendTo, setup, toPromise, waitFor } from 'xstate'
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

  it('is that of one incarnation: what it is sent later reaches no other', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    await using store = createStore(order, { clock: new FakeClock(), onError })
    const key = store.init({ item: 'book' })
    const actor = store.actor(key)
    await store.remove(key)
    store.create(key, { item: 'pen' })

    actor?.send({ type: 'pay', amount: 1 })

    expect(store.fetch(key)).toMatchObject({ version: 1, value: { state: 'open' } })
    expect(onError).not.toHaveBeenCalled()
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

  it('is like any ActorRef: send can be taken off it, and three functions subscribe', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const actor = store.actor(key)
    const heard: unknown[] = []
    actor?.subscribe(
      ({ value }) => heard.push(value),
      () => heard.push('error'),
      () => heard.push('complete'),
    )

    const send = actor?.send
    send?.({ type: 'pay', amount: 1 })
    await store.remove(key)

    expect([heard, actor?.sessionId]).toEqual([['paid', 'complete'], key])
  })

  it('tells those who subscribe after the end that it is over, and how', async () => {
    await using store = createStore(order, { crash: { policy: 'remove' }, onError: () => {} })
    const keys = ['ships', 'is removed', 'crashes'].map((item) => store.init({ item }))
    const [ships, removed, crashes] = keys.map((key) => store.actor(key))
    await store.mutate(keys[0] ?? '', { type: 'pay', amount: 1 })
    await store.mutate(keys[0] ?? '', { type: 'ship' })
    await store.remove(keys[1] ?? '')
    const error = await errorOf(() => store.mutate(keys[2] ?? '', { type: 'pay' } as never))
    if (!ships || !removed || !crashes) throw new Error('there is no actor')

    expect(await toPromise(ships)).toEqual({ item: 'ships' })
    expect(await errorOf(() => waitFor(ships, ({ value }) => value === 'open'))).toMatchObject({
      message: expect.stringContaining('terminated') as string,
    })
    expect(await toPromise(removed)).toBeUndefined()
    expect(await errorOf(() => toPromise(crashes))).toBe(error)
  })

  it('tells its subscribers of an error last, whatever becomes of the entry then', async () => {
    await using store = createStore(order, { crash: { policy: 'keep' }, onError: () => {} })
    const key = store.init({ item: 'book' })
    const heard: string[] = []
    const observer = {
      next: () => heard.push('next'),
      error: () => heard.push('error'),
      complete: () => heard.push('complete'),
    }
    store.actor(key)?.subscribe(observer)
    await errorOf(() => store.mutate(key, { type: 'pay' } as never))
    store.actor(key)?.subscribe(observer)

    await store.insert(key, { item: 'pen' })
    await store.mutate(key, { type: 'note' })
    await store.remove(key)

    expect(heard).toEqual(['error', 'error'])
  })

  it('tells its subscribers if the machine that overwrites it cannot begin, and it is removed for that', async () => {
    const boom = new Error('boom')
    let count = 0
    const machine = createMachine({
      entry: () => {
        if (count++ > 0) throw boom
      },
    })
    const definition = fromMachine(machine, { name: 'm', revision: '1' })
    await using store = createStore(definition, { onError: () => {}, crash: { policy: 'remove' } })
    const key = store.init()
    const failed = vi.fn<(told: unknown) => void>()
    const completed = vi.fn<() => void>()
    store.actor(key)?.subscribe({ error: failed, complete: completed })

    expect(await errorOf(() => store.insert(key, undefined))).toBe(boom)

    expect(failed).toHaveBeenCalledExactlyOnceWith(boom)
    expect([completed.mock.calls.length, store.has(key)]).toEqual([0, false])
  })

  it('can be sent to by another machine', async () => {
    await using store = createStore(order, { clock: new FakeClock() })
    const key = store.init({ item: 'book' })
    const peer = store.actor(key)
    if (peer === undefined) throw new Error('there is no actor')
    const till = setup({ types: { events: {} as { type: 'checkOut' } } }).createMachine({
      on: { checkOut: { actions: sendTo(peer, { type: 'pay', amount: 1 }) } },
    })
    await using tills = createStore(fromMachine(till, { name: 'till', revision: '1' }))

    await tills.mutate(tills.init(), { type: 'checkOut' })

    expect(store.fetch(key)?.value.state).toBe('paid')
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

  it('that throws or rejects hurts no machine and goes to onError', async () => {
    const onError = vi.fn<(told: unknown) => void>()
    const boom = new Error('boom')
    const inspectors = [
      () => {
        throw boom
      },
      { next: () => Promise.reject(boom) },
    ]
    for (const inspect of inspectors) {
      onError.mockClear()
      await using store = createStore(order, { clock: new FakeClock(), inspect: inspect as never, onError })
      const key = store.init({ item: 'book' })

      expect(await store.mutate(key, { type: 'pay', amount: 1 })).toMatchObject({ ok: true })

      await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(boom))
      expect(store.fetch(key)?.value.state).toBe('paid')
    }
  })
})
