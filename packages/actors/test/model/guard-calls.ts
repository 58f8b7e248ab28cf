import { nothing } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Operation } from './operation.ts'
import type { Performer } from './perform.ts'
import type { Held, ReferenceEntry } from './reference-entry.ts'
import { entryAnswer } from './reference-entry.ts'
import { mutationOf } from './store-calls.ts'
import { watchBoth } from './watch-calls.ts'
import type { World } from './world.ts'

type Guard = NonNullable<World['guards'][number]['real']>

const message = { type: 'sendBar' } as const

/** Makes a call of one of the guards so far, which must be GUARD_RELEASED once it is over. */
function onGuard(
  world: World,
  { call, which }: { readonly call: string; readonly which: number },
  real: (guard: Guard) => unknown,
  expected: (entry: ReferenceEntry, held: Held) => Answer,
): void {
  const guards = world.guards.filter((pair) => pair.held && pair.real)
  const { key, held, real: guard } = guards[which % Math.max(1, guards.length)] ?? {}
  if (key === undefined || !held || !guard) return
  world.ask(
    call,
    () => real(guard),
    () => {
      const entry = world.reference.entries.get(key)
      if (held.over || !entry) return { is: 'error', code: 'GUARD_RELEASED' }
      return expected(entry, held)
    },
  )
}

/** The calls of a guard. */
export const guardCalls = {
  'guard.mutate': (world, operation) =>
    onGuard(
      world,
      operation,
      (guard) => guard.mutate(mutationOf(operation.mutation)),
      (entry) => world.reference.change(entry, operation.mutation),
    ),
  'guard.set': (world, operation) =>
    onGuard(
      world,
      operation,
      (guard) => guard.set({ bar: operation.bar, baz: 0 }, operation.message ? message : undefined),
      (entry) => {
        world.reference.overwrite(entry, operation.bar, operation.message)
        return entryAnswer(entry)
      },
    ),
  'guard.update': (world, operation) =>
    onGuard(
      world,
      operation,
      (guard) => guard.update(({ bar }) => ({ bar: bar + 1, baz: 0 })),
      (entry) => {
        world.reference.overwrite(entry, entry.bar + 1, undefined)
        return entryAnswer(entry)
      },
    ),
  'guard.remove': (world, operation) =>
    onGuard(
      world,
      operation,
      (guard) => guard.remove(operation.message ? message : undefined),
      (entry) => world.reference.end(entry, 'removed', operation.message),
    ),
  'guard.broadcast': (world, operation) =>
    onGuard(
      world,
      operation,
      (guard) => guard.broadcast(message),
      (entry) => {
        world.reference.tellMessage(entry)
        return nothing
      },
    ),
  'guard.watch': (world, operation) =>
    onGuard(
      world,
      operation,
      (guard) => void watchBoth(world, () => guard.watch(), guard.key, false),
      () => nothing,
    ),
  'guard.renew': (world, operation, digit) =>
    onGuard(
      world,
      operation,
      (guard) => guard.renew(operation.leaseMs + digit),
      (entry, held) => {
        world.reference.renew(entry, held, operation.leaseMs + digit)
        return nothing
      },
    ),
  'guard.release': (world, { call, which }) => {
    const guards = world.guards.filter((pair) => pair.held && pair.real)
    const { key = '', held, real } = guards[which % Math.max(1, guards.length)] ?? {}
    if (!held || !real) return
    world.ask(
      call,
      () => real.release(),
      () => {
        const entry = world.reference.entries.get(key)
        if (entry) world.reference.release(entry, held)
        return nothing
      },
    )
  },
} satisfies { readonly [K in Operation['call']]?: Performer<K> }
