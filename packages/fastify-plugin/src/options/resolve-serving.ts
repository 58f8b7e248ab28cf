import type { AnyLiveStore } from '@livestore-kv/core'
import type { WireLimits } from '@livestore-kv/core/protocol'
import { isPlaces } from '../presence/places.ts'
import { systemClock } from '../system-clock.ts'
import type { AnyView, ViewsByStore } from '../topics/views.ts'
import type { AnyPrepare, EndpointOptions, StampKind } from './endpoint-options.ts'
import { InvalidOptionsError } from './invalid-options-error.ts'
import { callable, count, duration, isObject, numbersOf, requireKnown } from './option-checks.ts'
import type { ServingOptions } from './serving-options.ts'

type Unchecked = { readonly [K in keyof ServingOptions<AnyLiveStore, unknown, unknown>]?: unknown }
type Stamps = Partial<Record<StampKind, AnyPrepare>>

const KNOWN: ReadonlySet<string> = new Set<keyof Unchecked>([
  'stores',
  'authenticate',
  'authorize',
  'prepare',
  'views',
  'limits',
  'helloMs',
  'hookMs',
  'historyBytes',
  'graceMs',
  'restingSessions',
  'presence',
  'pingMs',
  'drain',
  'clock',
  'onMetric',
])

const LIMITS = {
  messageBytes: 65_536,
  subscriptions: 128,
  requestsPerSecond: 50,
  requestBurst: 100,
  pending: 256,
  listing: 1_000,
  listingScan: 10_000,
  leaseMs: 30_000,
  outcomes: 256,
  waitMs: 30_000,
  budgetBytes: 1_048_576,
  stallMs: 10_000,
}

const PRESENCE = { disconnectGraceMs: 8_000, placesPerSession: 16 }

const DRAIN = { serveMs: 0, afterMs: 1_000, jitterMs: 5_000 }

/** What an endpoint is told, and how long clients are served while the application closes, in milliseconds. */
export interface ResolvedServing {
  readonly endpoint: Omit<EndpointOptions, 'onError'>
  readonly drainMs: number
}

/** @throws InvalidOptionsError, which names the option. */
export function resolveServing(options: Unchecked): ResolvedServing {
  requireKnown(options, KNOWN)
  const stores = storeList(options.stores)
  const { listingScan, budgetBytes, stallMs, ...limits } = numbersOf('limits', options.limits, LIMITS, count)
  const helloMs = count('helloMs', options.helloMs ?? 10_000)
  const { serveMs, ...drain } = numbersOf('drain', options.drain, DRAIN, duration)
  return {
    drainMs: serveMs,
    endpoint: {
      stores,
      authenticate: callable<EndpointOptions['authenticate']>('authenticate', options.authenticate),
      authorize: callable<EndpointOptions['authorize']>('authorize', options.authorize),
      prepare: stampsByStore(options.prepare ?? {}, stores),
      views: viewsByStore(options.views ?? {}, stores),
      limits: limits satisfies WireLimits,
      scanLimit: listingScan,
      budgetBytes,
      capBytes: 4 * budgetBytes,
      stallMs,
      drain,
      helloMs,
      hookMs: hookMsOf(options.hookMs, helloMs),
      historyBytes: count('historyBytes', options.historyBytes ?? 67_108_864),
      graceMs: count('graceMs', options.graceMs ?? 120_000),
      restingSessions: count('restingSessions', options.restingSessions ?? 10_000),
      presence: numbersOf('presence', options.presence, PRESENCE, presenceNumber),
      pingMs: count('pingMs', options.pingMs ?? 25_000),
      clock: clockOf(options.clock),
      onMetric: options.onMetric === undefined ? undefined : callable('onMetric', options.onMetric),
    },
  }
}

/** Whoever comes back to something that hangs is to be welcomed without it. */
function hookMsOf(given: unknown, helloMs: number): number {
  if (given === undefined) return Math.min(5_000, Math.ceil(helloMs / 2))
  const hookMs = count('hookMs', given)
  if (hookMs < helloMs) return hookMs
  throw new InvalidOptionsError(`hookMs must be less than helloMs, and ${hookMs} is not less than ${helloMs}`)
}

function presenceNumber(option: string, value: unknown): number {
  return option === 'presence.placesPerSession' ? count(option, value) : duration(option, value)
}

function storeList(stores: unknown): readonly AnyLiveStore[] {
  if (!isIterable(stores)) throw new InvalidOptionsError('stores must be storages or a list of stores')
  const list = [...stores]
  const names = new Set<string>()
  for (const store of list) {
    if (!isStore(store)) throw new InvalidOptionsError('stores must hold stores only')
    const { name } = store.definition
    if (names.has(name))
      throw new InvalidOptionsError(`stores has two that are named ${JSON.stringify(name)}`)
    names.add(name)
  }
  // Each has just been looked at.
  return list as AnyLiveStore[]
}

function isStore(store: unknown): store is AnyLiveStore {
  return isObject(store) && 'watchAll' in store && isObject(store['definition'])
}

function stampsByStore(prepare: unknown, stores: readonly AnyLiveStore[]): ReadonlyMap<string, Stamps> {
  if (!isObject(prepare)) throw new InvalidOptionsError('prepare must be an object of stamps by store')
  const served = new Map(stores.map((store) => [store.definition.name, store]))
  for (const [name, store] of served) {
    if (isPlaces(store) && !(isObject(prepare[name]) && 'who' in prepare[name]))
      throw new InvalidOptionsError(`prepare.${name}.who is missing: only the server can say who a member is`)
  }
  return new Map(
    Object.entries(prepare).map(([name, stamps]): [string, Stamps] => {
      const store = served.get(name)
      if (!store) throw new InvalidOptionsError(`prepare.${name} names no store`)
      if (!isObject(stamps)) throw new InvalidOptionsError(`prepare.${name} must be an object of stamps`)
      const kinds: readonly string[] = isPlaces(store) ? ['who'] : ['value', 'mutation', 'message']
      for (const [kind, stamp] of Object.entries(stamps)) {
        if (!kinds.includes(kind))
          throw new InvalidOptionsError(`prepare.${name}.${kind} is not one of: ${kinds.join(', ')}`)
        callable(`prepare.${name}.${kind}`, stamp)
      }
      return [name, stamps]
    }),
  )
}

function viewsByStore(views: unknown, stores: readonly AnyLiveStore[]): ViewsByStore {
  if (!isObject(views)) throw new InvalidOptionsError('views must be an object of views by store')
  const served = new Set(stores.map((store) => store.definition.name))
  return new Map(
    Object.entries(views).map(([store, byName]): [string, ReadonlyMap<string, AnyView>] => {
      if (!served.has(store)) throw new InvalidOptionsError(`views.${store} names no store`)
      if (!isObject(byName)) throw new InvalidOptionsError(`views.${store} must be an object of views`)
      const named = Object.entries(byName).map(([name, view]) => [
        name,
        viewOf(`views.${store}.${name}`, view),
      ])
      return [store, new Map(named as [string, AnyView][])]
    }),
  )
}

function viewOf(option: string, view: unknown): AnyView {
  if (!isObject(view)) throw new InvalidOptionsError(`${option} must be an object with a select`)
  if (option.endsWith('.')) throw new InvalidOptionsError(`${option} names no view`)
  for (const [part, value] of Object.entries(view)) {
    if (part !== 'group' && part !== 'select' && part !== 'message') {
      throw new InvalidOptionsError(`${option}.${part} is neither group, select nor message`)
    }
    if (value !== undefined || part === 'select') callable(`${option}.${part}`, value)
  }
  callable(`${option}.select`, view['select'])
  // Each part has just been looked at.
  return view as unknown as AnyView
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && typeof value[Symbol.iterator] === 'function'
}

function clockOf(clock: unknown): EndpointOptions['clock'] {
  if (clock === undefined) return systemClock
  if (
    isObject(clock) &&
    ['now', 'setTimeout', 'clearTimeout'].every((name) => typeof clock[name] === 'function')
  ) {
    // Its three methods are there; what they do is up to it.
    return clock as unknown as EndpointOptions['clock']
  }
  throw new InvalidOptionsError('clock must have now, setTimeout and clearTimeout')
}
