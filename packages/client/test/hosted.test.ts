import type { AddressInfo } from 'node:net'
import { createStore, defineHosted } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { MachineTypes } from '@livestore-kv/actors/xstate'
import { createKey } from '@livestore-kv/core'
import { FakeClock } from '@livestore-kv/core/testing'
import type { AnyStateMachine } from 'xstate'
import { createMachine, setup } from 'xstate'
import { createClient } from '@livestore-kv/client'
import type { ClientStore } from '@livestore-kv/client'
import livestore, { livestoreOptions } from '@livestore-kv/fastify-plugin'
import Fastify from 'fastify'
import { WebSocket } from 'ws'
import { describe, expect, it } from 'vitest'
import { MemoryNetwork, settle } from './memory-network.ts'

interface LampTypes extends MachineTypes<'lamp', AnyStateMachine, { state: string }> {
  mutation: { type: 'press' }
  message: { type: 'click' }
}

describe('a mirror of a hosted value', () => {
  it('predicts nothing, and shows what the server tells', async () => {
    const clock = new FakeClock()
    const machine = createMachine({
      initial: 'off',
      states: { off: { on: { press: 'on' } }, on: { after: { 1_000: 'off' } } },
    })
    const lamps = createStore(fromMachine(machine, { name: 'lamp', revision: '1' }), { clock })
    const network = new MemoryNetwork({ stores: [lamps], clock })
    // What a browser knows of it: no machine.
    const lamp = defineHosted<LampTypes>({
      name: 'lamp',
      revision: '1',
      schema: {
        mutation: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: (value) => ({ value: value as { type: 'press' } }),
          },
        },
      },
    })
    const key = lamps.init()
    const client = network.client({ definitions: [lamp] as never })
    await settle()
    // The client of these tests is typed for other definitions.
    const store = client.store(lamp as never) as unknown as ClientStore<LampTypes>
    const mirror = store.watch(key)
    await settle()
    const shown: unknown[] = []
    mirror.onChange(({ entry, predicted }) => shown.push([entry?.value.state, predicted]))

    // Without a schema at the server nobody may press it from here; the server does.
    const asked = store.mutate(key, { type: 'press' }, { optimistic: true }).catch((error: unknown) => error)
    const meanwhile = [mirror.state.entry?.value.state, mirror.state.predicted]
    expect(await asked).toMatchObject({ code: 'INVALID_PAYLOAD' })
    await lamps.mutate(key, { type: 'press' })
    await settle()
    clock.advance(1_000)
    await settle()

    expect(meanwhile).toEqual(['off', false])
    expect(shown.slice(-2)).toEqual([
      ['on', false],
      ['off', false],
    ])
    expect(shown.some((state) => Array.isArray(state) && state[1] === true)).toBe(false)
    client.close()
  })
})

interface MatchTypes {
  name: 'match'
  value: { state: unknown; context: { title: string } }
  mutation: never
  message: never
  error: 'not-accepted'
  input: { title: string }
}

describe('a hosted value that a client makes', () => {
  it('is made of its input, which is what authorize and prepare are given, and cannot be assigned', async () => {
    const types = { input: {} as { title: string }, context: {} as { title: string } }
    const served = fromMachine(setup({ types }).createMachine({ context: ({ input }) => input }), {
      name: 'match',
      revision: '1',
      schema: {
        input: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: (value) => ({ value: value as { title: string } }),
          },
        },
      },
    })
    await using matches = createStore(served)
    const asked: unknown[] = []
    const stamped: string[] = []
    await using app = Fastify()
    await app.register(
      livestore,
      livestoreOptions({
        stores: [matches],
        authenticate: () => ({ user: 'ada', userId: 'ada' }),
        authorize: (input) => {
          asked.push([input.action, 'value' in input ? input.value : undefined])
          return input.action !== 'init' || input.value.title !== 'secret'
        },
        prepare: {
          match: {
            value: ({ value, user }) => {
              stamped.push(value.title)
              return { title: `${value.title} by ${user}` }
            },
          },
        },
      }),
    )
    await app.listen({ host: '127.0.0.1', port: 0 })
    // An application that listens on TCP has such an address.
    const { port } = app.server.address() as AddressInfo
    const match = defineHosted<MatchTypes>({ name: 'match', revision: '1' })
    using client = createClient({ url: `http://127.0.0.1:${port}/live`, definitions: [match], WebSocket })
    const store = client.store(match)
    const titleOf = (key: string) => matches.fetch(key)?.value.context.title

    const initialized = await store.init({ title: 'init' })
    const forbidden = await store.init({ title: 'secret' }).catch((error: unknown) => error)
    const created = createKey()
    await store.create(created, { title: 'create' })
    const inserted = createKey()
    await store.insert(inserted, { title: 'insert' })
    // What its type forbids.
    const assigned = await store
      .assign(inserted, { title: 'assign' } as never)
      .catch((error: unknown) => error)

    expect([initialized, created, inserted].map(titleOf)).toEqual([
      'init by ada',
      'create by ada',
      'insert by ada',
    ])
    expect(forbidden).toMatchObject({ code: 'FORBIDDEN' })
    expect(assigned).toMatchObject({ code: 'INVALID_PAYLOAD' })
    expect(asked).toEqual([
      ['init', { title: 'init' }],
      ['init', { title: 'secret' }],
      ['create', { title: 'create' }],
      ['insert', { title: 'insert' }],
    ])
    expect(stamped).toEqual(['init', 'create', 'insert'])
  })
})
