import { createStore, defineHosted } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { MachineTypes } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import type { AnyStateMachine } from 'xstate'
import { createMachine } from 'xstate'
import type { ClientStore } from '@livestore-kv/client'
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
