import { createStorages, createStore, defineHosted } from '@livestore-kv/actors'
import type { DeepReadonly, Store, TypesOf, Update } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { SavedMachine } from '@livestore-kv/actors/xstate'
import { foo } from '@livestore-kv/core/testing'
import type { FooTypes } from '@livestore-kv/core/testing'
import { createMachine, setup } from 'xstate'
import { describe, expectTypeOf, it } from 'vitest'

const machine = setup({
  types: {
    context: {} as { total: number },
    events: {} as { type: 'pay'; amount: number } | { type: 'ship' },
    emitted: {} as { type: 'paid' },
    input: {} as { total: number },
    output: {} as { code: string },
    tags: {} as 'busy',
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'open',
  states: { open: { on: { pay: 'paid' } }, paid: {} },
})

describe('fromMachine', () => {
  it('infers value, mutations, messages, input and output from the machine', () => {
    const store = createStore(fromMachine(machine, { name: 'order', revision: '1', can: ['pay'] }), {
      maxEntries: 5,
    })
    const key = store.init({ total: 1 })
    const value = store.fetch(key)?.value

    expectTypeOf(store.definition.name).toEqualTypeOf<'order'>()
    expectTypeOf(value?.state).toEqualTypeOf<'open' | 'paid' | undefined>()
    expectTypeOf(value?.context).toEqualTypeOf<{ readonly total: number } | undefined>()
    expectTypeOf(value?.tags).toEqualTypeOf<readonly 'busy'[] | undefined>()
    expectTypeOf(value?.can).toEqualTypeOf<readonly 'pay'[] | undefined>()
    expectTypeOf<Parameters<typeof store.mutate>[1]>().toEqualTypeOf<
      DeepReadonly<{ type: 'pay'; amount: number } | { type: 'ship' }>
    >()
    expectTypeOf<Parameters<typeof store.broadcast>[1]>().toEqualTypeOf<{ readonly type: 'paid' }>()
    expectTypeOf<Parameters<typeof store.assign>[1]>().toEqualTypeOf<SavedMachine>()
    store.watch(key)?.onUpdate((update) => {
      if (update.type === 'remove') expectTypeOf(update.output).toEqualTypeOf<{ code: string } | undefined>()
    })
    // @ts-expect-error the machine wants its input
    store.init()
    // @ts-expect-error there is no such event
    void store.mutate(key, { type: 'explode' })
    // @ts-expect-error it has no amount
    void store.mutate(key, { type: 'pay' })
    // @ts-expect-error it has no such member
    void store.mutate(key, { type: 'ship', to: 'me' })
    // @ts-expect-error XState's own events are nobody's to send
    void store.mutate(key, { type: 'xstate.init' })
    // @ts-expect-error a value is no saved state
    void store.assign(key, value)
    // @ts-expect-error it emits no such thing
    store.broadcast(key, { type: 'lost' })
    // @ts-expect-error a machine has a revision
    fromMachine(machine, { name: 'order' })
    // @ts-expect-error there is no such option
    createStore(fromMachine(machine, { name: 'order', revision: '1' }), { jobs: 1 })
    // @ts-expect-error can names events
    fromMachine(machine, { name: 'order', revision: '1', can: ['explode'] })
    // @ts-expect-error the option is checked
    createStore(fromMachine(machine, { name: 'order', revision: '1' }), { crash: { policy: 'hope' } })
  })

  it('types the states of states as XState does, and refuses what is no state', () => {
    const nested = setup({}).createMachine({
      initial: 'open',
      states: {
        open: { initial: 'fresh', states: { fresh: {}, stale: {} } },
        both: { type: 'parallel', states: { left: { initial: 'on', states: { on: {} } }, right: {} } },
        closed: {},
      },
    })
    const store = createStore(fromMachine(nested, { name: 'nested', revision: '1' }))
    const state = store.fetch('')?.value.state

    expectTypeOf(state).toEqualTypeOf<
      | 'closed'
      | { readonly open: 'fresh' | 'stale' }
      | { readonly both: { readonly left: 'on'; readonly right: {} } }
      | undefined
    >()
    // @ts-expect-error open is never on its own: it is open and fresh, or open and stale
    void (state === 'open')
  })

  it('types what is selected, and the reason of a refusal', async () => {
    const definition = fromMachine(machine, {
      name: 'order',
      revision: '1',
      select: (snapshot) => ({ is: snapshot.value, cents: snapshot.context.total * 100 }),
    })
    const store = createStore(definition)
    const result = await store.mutate('', { type: 'ship' })

    expectTypeOf(store.fetch('')?.value).toEqualTypeOf<
      { readonly is: 'open' | 'paid'; readonly cents: number } | undefined
    >()
    if (result?.ok === false) expectTypeOf(result.error).toEqualTypeOf<'not-accepted'>()
  })

  it('lets the input be left out where the machine takes none', () => {
    const store = createStore(fromMachine(createMachine({}), { name: 'm', revision: '1' }))

    expectTypeOf(store.init()).toEqualTypeOf<string>()
  })

  it('gives actor the types of its machine', () => {
    const store = createStore(fromMachine(machine, { name: 'order', revision: '1' }))
    const actor = store.actor('')

    expectTypeOf(actor?.getSnapshot().value).toEqualTypeOf<'open' | 'paid' | undefined>()
    // @ts-expect-error there is no such event
    actor?.send({ type: 'explode' })
  })

  it('is found among other stores as a store of machines', () => {
    const definition = fromMachine(machine, { name: 'order', revision: '1' })
    const storages = createStorages(createStore(foo), createStore(definition))

    expectTypeOf(storages.store(definition).saved('')).toEqualTypeOf<SavedMachine | undefined>()
    expectTypeOf(storages.store(foo)).toEqualTypeOf<Store<FooTypes>>()
    // @ts-expect-error it has another name
    storages.store({ ...definition, name: 'oder' })
  })

  it('gives its types to what the page knows of it', () => {
    const definition = fromMachine(machine, { name: 'order', revision: '1' })
    const known = defineHosted<TypesOf<typeof definition>>({ name: 'order', revision: '1' })

    expectTypeOf<TypesOf<typeof known>>().toEqualTypeOf<TypesOf<typeof definition>>()
    expectTypeOf<TypesOf<typeof known>['mutation']>().toEqualTypeOf<
      { type: 'pay'; amount: number } | { type: 'ship' }
    >()
    // @ts-expect-error it has another name
    defineHosted<TypesOf<typeof definition>>({ name: 'oder', revision: '1' })
  })

  it('leaves the types of plain values as they are', () => {
    type Plain = { name: 'n'; value: number; mutation: { type: 'a' }; message: never; error: never }

    expectTypeOf<Extract<Update<Plain>, { type: 'remove' }>['output']>().toEqualTypeOf<undefined>()
  })
})
