import type { Watch } from '@livestore-kv/actors'
import type { FooTypes } from '@livestore-kv/core/testing'
import { nothing } from './answer.ts'
import type { Operation } from './operation.ts'
import type { Performer } from './perform.ts'
import { label } from './reference-entry.ts'
import { keyOf } from './store-calls.ts'
import type { WatchPair, World } from './world.ts'

type Rest<A extends readonly unknown[]> = A extends readonly [unknown, ...infer R] ? R : never

/** Makes the same watch on either side. */
export function watchBoth(
  world: World,
  watch: () => Watch<FooTypes> | undefined,
  key: string | undefined,
  awaitsCreation: boolean,
): WatchPair | undefined {
  const real = watch()
  const reference = world.reference.watch(key, awaitsCreation)
  const made = 'is' in reference ? undefined : reference
  world.agree('whether there is a watch', real !== undefined, made !== undefined)
  if (!real || !made) return undefined
  const entry = key === undefined ? undefined : world.reference.entries.get(key)
  world.agree('the version at subscribing', real.entry?.version, entry?.version)
  const pair: WatchPair = { real, reference: made, heard: [], checked: 0 }
  world.watches.push(pair)
  return pair
}

/** Makes the same watch on either side, or is refused by both because the store is closed. */
function askWatch(world: World, ...args: Rest<Parameters<typeof watchBoth>>): WatchPair | undefined {
  let pair: WatchPair | undefined
  const real = (): void => {
    pair = watchBoth(world, ...args)
  }
  world.ask('watch', real, () => (world.reference.closed ? { is: 'error', code: 'STORE_CLOSED' } : nothing))
  return pair
}

function withSignal(world: World, signal: boolean, make: (options: object) => WatchPair | undefined): void {
  const abort = new AbortController()
  const pair = make(signal ? { signal: abort.signal } : {})
  // What has ended can be read to its end, whatever happens to the signal.
  const expect = (): void => {
    if (pair?.reference.ended === false) pair.reference.close()
  }
  if (signal) world.aborts.push({ abort: () => abort.abort(), expect })
}

function pick(
  world: World,
  { which }: { readonly which: number },
  fits: (pair: WatchPair) => boolean,
): WatchPair | undefined {
  const watches = world.watches.filter(fits)
  return watches[which % Math.max(1, watches.length)]
}

/** What the model's reader of `pair` would find as the newest entry. */
function current(world: World, { reference }: WatchPair): string | undefined {
  const { key, subject } = reference
  const entry = subject ?? (key === undefined ? undefined : world.reference.entries.get(key))
  return entry && label(entry)
}

/** The calls of a watch. */
export const watchCalls = {
  watch: (world, operation) => {
    const [key, { awaitCreation }] = [keyOf(world, operation), operation]
    withSignal(world, operation.signal, (options) =>
      askWatch(world, () => world.store.watch(key, { ...options, awaitCreation }), key, awaitCreation),
    )
  },
  watchAll: (world, { signal }) => {
    withSignal(world, signal, (options) =>
      askWatch(world, () => world.store.watchAll(options), undefined, true),
    )
  },
  'watch.read': async (world, operation) => {
    const pair = pick(world, operation, ({ listens }) => listens !== true)
    if (!pair) return
    const expected = pair.reference.take(current(world, pair))
    // A reader with nothing to read would wait; that has tests of its own.
    if (expected === undefined && !pair.reference.ended) return
    pair.reader ??= pair.real[Symbol.asyncIterator]()
    const next = await pair.reader.next()
    world.agree(
      'what a reader reads',
      next.done === true ? undefined : world.translator.update(next.value),
      expected,
    )
  },
  'watch.onUpdate': (world, operation) => {
    const pair = pick(world, operation, ({ reader, listens }) => reader === undefined && listens !== true)
    if (!pair) return
    pair.listens = true
    world.ask(
      'onUpdate',
      () => pair.real.onUpdate((update) => pair.heard.push(update)),
      () => {
        pair.reference.listen(current(world, pair))
        return nothing
      },
    )
  },
  'watch.close': (world, operation) => {
    const pair = pick(world, operation, () => true)
    if (!pair) return
    world.ask(
      'watch.close',
      () => pair.real.close(),
      () => {
        pair.reference.close()
        return nothing
      },
    )
  },
} satisfies { readonly [K in Operation['call']]?: Performer<K> }
