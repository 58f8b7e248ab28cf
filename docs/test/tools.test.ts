import { mkdir, writeFile } from 'node:fs/promises'
import { createInspector } from '@statelyai/inspect'
import type { StatelyInspectionEvent } from '@statelyai/inspect'
import { useSelector } from '@xstate/react'
import { createElement } from 'react'
import { act, create } from 'react-test-renderer'
import type { ReactTestRenderer } from 'react-test-renderer'
import { setup } from 'xstate'
import { describe, expect, it, vi } from 'vitest'
import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { createClient, defineValue, ok } from '@livestore-kv/client'
import type { LiveValueTypes, Mirror, MirrorState } from '@livestore-kv/client'
import { MemoryNetwork } from '@livestore-kv/client/testing'
import { FakeClock } from '@livestore-kv/core/testing'
import { createEndpoint } from '@livestore-kv/fastify-plugin/endpoint'
import { codeBlocks } from './code-block.ts'

interface LampTypes {
  name: 'lamp'
  value: string
  mutation: { type: 'paint'; colour: string }
  message: never
  error: never
}

const lamp = defineValue<LampTypes>({
  name: 'lamp',
  revision: '1',
  mutations: { paint: (_, { colour }) => ok(colour) },
})

const door = fromMachine(
  setup({ types: { events: {} as { type: 'open' } | { type: 'shut' } } }).createMachine({
    initial: 'shut',
    states: { shut: { on: { open: 'open' } }, open: { on: { shut: 'shut' } } },
  }),
  { name: 'door', revision: '1' },
)

/** The component, rendered by the smallest of React's renderers. */
async function rendered(component: () => string): Promise<ReactTestRenderer> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  // It says that tests of pages had better take another one.
  const log = vi.spyOn(console, 'error').mockImplementationOnce(() => undefined)
  const views: ReactTestRenderer[] = []
  await settled(() => void views.push(create(createElement(component))))
  log.mockRestore()
  const [view] = views
  if (view === undefined) throw new Error('nothing was rendered')
  return view
}

/** Does `work`, and lets React show what comes of it. */
async function settled(work: () => unknown): Promise<void> {
  await act(async () => {
    await work()
  })
}

type UseMirror = <T extends LiveValueTypes>(mirror: Mirror<T>) => MirrorState<T>

/** The hook as the README of the client has it. */
async function hookOfTheReadme(): Promise<UseMirror> {
  const page = 'packages/client/README.md'
  const blocks = await codeBlocks(page, new URL(`../../${page}`, import.meta.url))
  const code = blocks.find((block) => block.code.includes('useSyncExternalStore'))?.code ?? ''
  // Beside this file, so that it finds React.
  const file = new URL('.hook/use-mirror.ts', import.meta.url)
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, code)
  const module = (await import(/* @vite-ignore */ file.pathname)) as { readonly useMirror: UseMirror }
  return module.useMirror
}

describe('the React hook of the README', () => {
  it('renders each state of a mirror, and ends with its component', async () => {
    const useMirror = await hookOfTheReadme()
    const network = new MemoryNetwork()
    const { clock, WebSocket } = network
    await using lamps = createStore(lamp, { clock })
    const key = lamps.init('red')
    const endpoint = createEndpoint({
      stores: [lamps],
      authenticate: () => ({ user: 'ada', userId: 'ada' }),
      authorize: () => true,
      clock,
      onError: (error) => {
        throw error
      },
    })
    network.serve(endpoint)
    using client = createClient({ url: 'ws://test/live', definitions: [lamp], clock, WebSocket })
    using mirror = client.store(lamp).watch(key)
    let renders = 0
    const Lamp = (): string => {
      const { status, entry } = useMirror(mirror)
      renders++
      return `${status} ${entry?.value ?? 'dark'}`
    }

    const lampView = await rendered(Lamp)
    const shown = [lampView.toJSON()]
    await settled(() => network.run(1_000))
    shown.push(lampView.toJSON())
    await settled(async () => {
      await lamps.mutate(key, { type: 'paint', colour: 'blue' })
      await network.run(1_000)
    })
    shown.push(lampView.toJSON())
    await settled(() => lampView.unmount())
    await lamps.mutate(key, { type: 'paint', colour: 'grey' })
    await network.run(1_000)

    expect(shown).toEqual(['loading dark', 'live red', 'live blue'])
    expect(renders).toBe(3)
    endpoint.close()
  })
})

describe('useSelector of @xstate/react', () => {
  it('renders what it selects of the machine of an entry', async () => {
    await using doors = createStore(door, { clock: new FakeClock() })
    const key = doors.init()
    const actor = doors.actor(key)
    if (actor === undefined) throw new Error('there is no door')

    const view = await rendered(() => useSelector(actor, (snapshot) => snapshot.value))
    const shown = [view.toJSON()]
    await settled(() => doors.mutate(key, { type: 'open' }))
    shown.push(view.toJSON())
    await settled(() => actor.send({ type: 'shut' }))
    shown.push(view.toJSON())

    expect(shown).toEqual(['shut', 'open', 'shut'])
  })
})

describe('@statelyai/inspect', () => {
  it('is told of every machine, of what it was sent and where that led', async () => {
    const told: StatelyInspectionEvent[] = []
    const { inspect } = createInspector({ send: (event) => void told.push(event) })
    await using doors = createStore(door, { clock: new FakeClock(), inspect })
    const key = doors.init()

    await doors.mutate(key, { type: 'open' })

    // It tells when there is nothing else to do.
    await vi.waitFor(() => expect(lines(told)).toContain('snapshot open'))
    expect(lines(told)).toEqual([
      'actor',
      'event xstate.init',
      'snapshot shut',
      'event open',
      'snapshot open',
    ])
    expect(new Set(told.map(({ sessionId }) => sessionId))).toHaveProperty('size', 1)
  })
})

function lines(told: readonly StatelyInspectionEvent[]): string[] {
  return told.map((event) => {
    if (event.type === '@xstate.actor') return 'actor'
    if (event.type === '@xstate.event') return `event ${event.event.type}`
    return `snapshot ${String((event.snapshot as { readonly value?: unknown }).value)}`
  })
}
