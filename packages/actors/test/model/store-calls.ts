import { createKey } from '@livestore-kv/core'
import type { HoldOptions } from '@livestore-kv/core'
import type { EntryGuard } from '@livestore-kv/actors'
import type { FooTypes } from '@livestore-kv/core/testing'
import { failure, nothing } from './answer.ts'
import type { Ticket } from './answer.ts'
import type { Operation } from './operation.ts'
import type { Performer } from './perform.ts'
import type { ReferenceHold, ReferenceTurn } from './reference-options.ts'
import type { GuardPair, World } from './world.ts'

type TurnOf<K extends Operation['call']> = Extract<Operation, { call: K; turn: unknown }>['turn']
type Turn = TurnOf<'assign'> | TurnOf<'acquire'>

const message = { type: 'sendBar' } as const
const cancelled = new Error('cancelled')
const valueOf = (bar: number): { bar: number; baz: number } => ({ bar, baz: 0 })

export function keyOf({ keys }: World, { key }: { readonly key: number }): string {
  return keys[key % keys.length] ?? ''
}

export function mutationOf(bar: number | 'explode'): { type: 'setBar'; bar: number } | { type: 'explode' } {
  return bar === 'explode' ? { type: 'explode' } : { type: 'setBar', bar }
}

/** `hold` with a lease that ends at a moment of its own. */
export function holdOf({ leaseMs, holder }: ReferenceHold, digit: number): HoldOptions {
  return {
    ...(leaseMs !== undefined && { leaseMs: leaseMs + digit }),
    ...(holder !== undefined && { holder }),
  }
}

/** Makes a call that waits its turn, with its options on either side. */
function inTurn(
  world: World,
  name: string,
  turn: Turn,
  digit: number,
  real: (options: object) => unknown,
  expected: (turn: ReferenceTurn) => Ticket,
): void {
  const lender = 'guard' in turn && turn.guard !== undefined ? world.guards[turn.guard] : undefined
  const ifVersion = 'ifVersion' in turn ? turn.ifVersion : undefined
  const sends = 'message' in turn && turn.message
  const timeoutMs = turn.timeoutMs === undefined ? undefined : turn.timeoutMs + digit
  const abort = new AbortController()
  const options = {
    ...(lender?.real && { token: lender.real.token }),
    ...(ifVersion !== undefined && { ifVersion }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(turn.signal && { signal: abort.signal }),
    ...(sends && { message }),
  }
  const token = lender?.real && lender.held?.grant
  const ticket = world.ask(
    name,
    () => real(options),
    () => expected({ token, ifVersion, timeoutMs, message: sends }),
  )
  if (!turn.signal) return
  const expect = (): void => world.reference.cancel(ticket, failure(cancelled))
  world.aborts.push({ abort: () => abort.abort(cancelled), expect })
}

/** Remembers the guard that was granted, on either side. */
function granted(pair: GuardPair): (guard: EntryGuard<FooTypes> | undefined) => unknown {
  return (guard) => {
    if (guard) pair.real = guard
    return guard
  }
}

/** The calls of a store. */
export const storeCalls = {
  init: (world, { bar }) => {
    // A key of its own where the store refuses, so that the model is asked all the same.
    let key = createKey()
    const real = (): void => {
      key = world.store.init(valueOf(bar))
      world.keys.push(key)
    }
    world.ask('init', real, () => world.reference.create(key, bar))
  },
  create: (world, operation) => {
    const [key, bar] = [keyOf(world, operation), operation.bar]
    world.ask(
      'create',
      () => world.store.create(key, valueOf(bar)),
      () => world.reference.create(key, bar),
    )
  },
  assign: (world, operation, digit) => {
    const [key, bar] = [keyOf(world, operation), operation.bar]
    const real = (options: object): unknown => world.store.assign(key, valueOf(bar), options)
    inTurn(world, 'assign', operation.turn, digit, real, (turn) => world.reference.assign(key, bar, turn))
  },
  insert: (world, operation, digit) => {
    const [key, bar] = [keyOf(world, operation), operation.bar]
    const real = (options: object): unknown => world.store.insert(key, valueOf(bar), options)
    inTurn(world, 'insert', operation.turn, digit, real, (turn) => world.reference.insert(key, bar, turn))
  },
  remove: (world, operation, digit) => {
    const key = keyOf(world, operation)
    const real = (options: object): unknown => world.store.remove(key, options)
    inTurn(world, 'remove', operation.turn, digit, real, (turn) => world.reference.remove(key, turn))
  },
  mutate: (world, operation, digit) => {
    const [key, bar] = [keyOf(world, operation), operation.mutation]
    const real = (options: object): unknown => world.store.mutate(key, mutationOf(bar), options)
    inTurn(world, 'mutate', operation.turn, digit, real, (turn) => world.reference.mutate(key, bar, turn))
  },
  update: (world, operation, digit) => {
    const key = keyOf(world, operation)
    const real = (options: object): unknown => world.store.update(key, ({ bar }) => valueOf(bar + 1), options)
    inTurn(world, 'update', operation.turn, digit, real, (turn) => world.reference.update(key, turn))
  },
  broadcast: (world, operation) => {
    const key = keyOf(world, operation)
    world.ask(
      'broadcast',
      () => world.store.broadcast(key, message),
      () => world.reference.broadcast(key),
    )
  },
  acquire: (world, operation, digit) => {
    const key = keyOf(world, operation)
    const hold = holdOf(operation.hold, digit)
    const pair: GuardPair = { key }
    world.guards.push(pair)
    const real = (options: object): unknown =>
      world.store.acquire(key, { ...options, ...hold }).then(granted(pair))
    inTurn(world, 'acquire', operation.turn, digit, real, (turn) =>
      world.reference.acquire(key, turn, hold, (held) => (pair.held = held)),
    )
  },
  tryAcquire: (world, operation, digit) => {
    const key = keyOf(world, operation)
    const hold = holdOf(operation.hold, digit)
    const pair: GuardPair = { key }
    world.guards.push(pair)
    const real = (): unknown => granted(pair)(world.store.tryAcquire(key, hold))
    world.ask('tryAcquire', real, () => {
      const held = world.reference.tryAcquire(key, hold)
      if ('is' in held) return held
      pair.held = held
      return { is: 'guard', grant: held.grant }
    })
  },
  withLock: (world, operation, digit) => {
    const key = keyOf(world, operation)
    const hold = holdOf(operation.hold, digit)
    const real = (options: object): unknown =>
      world.store.withLock(key, (guard) => guard.update(({ bar }) => valueOf(bar + 1)).version, {
        ...options,
        ...hold,
      })
    inTurn(world, 'withLock', operation.turn, digit, real, (turn) =>
      world.reference.withLock(key, turn, hold),
    )
  },
  touch: (world, operation) => {
    const key = keyOf(world, operation)
    world.ask(
      'touch',
      () => world.store.touch(key),
      () => world.reference.touch(key),
    )
  },
  expireIn: (world, operation, digit) => {
    const key = keyOf(world, operation)
    const ms = operation.ms === undefined ? undefined : operation.ms + digit
    world.ask(
      'expireIn',
      () => world.store.expireIn(key, ms),
      () => world.reference.expireIn(key, ms),
    )
  },
  abort: (world, { which }) => {
    const abort = world.aborts[which % Math.max(1, world.aborts.length)]
    if (!abort) return
    world.ask('abort', abort.abort, () => {
      abort.expect()
      return nothing
    })
  },
} satisfies { readonly [K in Operation['call']]?: Performer<K> }
