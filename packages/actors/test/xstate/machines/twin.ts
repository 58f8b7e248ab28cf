import { createStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { SavedMachine } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import { createActor, SimulatedClock } from 'xstate'
import type { AnyActorRef, AnyMachineSnapshot, EventObject } from 'xstate'
import type { Specimen, Surroundings } from './specimen.ts'

/** One thing that happens to a machine. */
export type Step =
  | { readonly type: 'send'; readonly event: EventObject }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'settle'; readonly resolves: boolean }
  /** It is kept as text and restored from it, which nobody may notice. */
  | { readonly type: 'restore' }

/** A machine that runs somewhere, and what can be seen of it. */
export interface Twin {
  perform(step: Step): Promise<void>
  /** Everything that can be seen of it, for comparison. */
  look(): object
  close(): Promise<void>
}

/** What surrounds one run. */
class World implements Surroundings {
  readonly lines: string[] = []
  readonly emitted: unknown[] = []
  readonly #settle: ((resolves: boolean) => void)[] = []

  readonly log = (line: string): void => void this.lines.push(line)

  readonly promise = (): Promise<unknown> => {
    const number = this.#settle.length
    this.log(`promise ${number}`)
    return new Promise((resolve, reject) => {
      this.#settle.push((resolves) => (resolves ? resolve(number) : reject(new Error(`rejected ${number}`))))
    })
  }

  /** Settles every promise that is open. */
  settle(resolves: boolean): void {
    for (const settle of this.#settle) settle(resolves)
  }

  /** What happened here, and how the machine stands. */
  look(snapshot: AnyMachineSnapshot): object {
    const { value, context, status, output, error, tags } = snapshot
    return {
      value,
      context: JSON.parse(JSON.stringify(context ?? null)) as unknown,
      status,
      output: output as unknown,
      error: error instanceof Error ? error.message : error,
      tags: [...tags],
      children: status === 'active' ? childrenOf(snapshot) : [],
      lines: [...this.lines],
      emitted: [...this.emitted],
    }
  }
}

/** Run by XState alone. */
export function bareTwin({ make }: Specimen): Twin {
  const world = new World()
  const clock = new SimulatedClock()
  const actor = createActor(make(world), { clock, id: 'machine' })
  actor.subscribe({ error: () => {} })
  actor.on('*', (event) => world.emitted.push(event))
  actor.start()
  return {
    perform: async (step) => {
      // XState warns of what comes after the end, and ignores it.
      if (step.type === 'send') {
        if (actor.getSnapshot().status === 'active') actor.send(step.event)
      } else if (step.type === 'settle') world.settle(step.resolves)
      else if (step.type === 'restore') return
      // Delays of nothing are due before time passes.
      else for (let ms = 0; ms <= step.ms; ms++) clock.increment(ms === 0 ? 0 : 1)
      await quiet()
    },
    look: () => world.look(actor.getSnapshot() as AnyMachineSnapshot),
    close: async () => void actor.stop(),
  }
}

/** Run as an entry of a store. */
export function storedTwin({ make }: Specimen): Twin {
  const world = new World()
  const clock = new FakeClock()
  const definition = fromMachine(make(world), { name: 'specimen', revision: '1' })
  const store = createStore(definition, { clock, crash: { policy: 'keep' }, onError: () => {} })
  store.watchAll().onUpdate((update) => {
    if (update.type === 'message') world.emitted.push(update.message)
  })
  const key = store.init({})
  const actor = store.actor(key)
  if (actor === undefined && store.count() > 0) throw new Error('there is no actor')
  const last = actor as AnyActorRef
  return {
    perform: async (step) => {
      // The caller of a mutation that fails is told; here it is seen in the snapshot.
      if (step.type === 'send') await store.mutate(key, step.event).catch(() => {})
      else if (step.type === 'settle') world.settle(step.resolves)
      else if (step.type === 'restore') {
        if ((last.getSnapshot() as AnyMachineSnapshot).status !== 'active') return
        await store.assign(key, JSON.parse(JSON.stringify(store.saved(key))) as SavedMachine)
      } else for (let ms = 0; ms <= step.ms; ms++) clock.advance(ms === 0 ? 0 : 1)
      await quiet()
    },
    look: () => world.look(last.getSnapshot() as AnyMachineSnapshot),
    close: () => store.close(),
  }
}

/** Promises that were settled have been heard of. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function childrenOf(snapshot: AnyMachineSnapshot): object[] {
  const children = snapshot.children as Readonly<Record<string, AnyActorRef | undefined>>
  return Object.entries(children).map(([id, child]) => {
    const { status, value } = (child?.getSnapshot() ?? {}) as Partial<AnyMachineSnapshot>
    return { id, status, value }
  })
}
