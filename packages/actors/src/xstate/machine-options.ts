import { StoreError } from '@livestore-kv/core'
import type { LiveValueTypes } from '@livestore-kv/core'
import { assertKnown } from '../options/known-options.ts'
import { milliseconds } from '../options/milliseconds.ts'
import type { StoreOptions } from '../options/store-options.ts'
import type { Inspector } from './hosted-actor.ts'

/**
 * What becomes of an entry whose machine fails: an action throws, or a child fails and nobody handles it.
 *
 * - `restart`: the machine goes on from its last good snapshot, and its children begin again; effects that it had
 *   already are not undone. An entry that fails more than `intensity` times within `periodMs` is removed. After the
 *   supervisors of Erlang/OTP.
 * - `remove`: the entry is removed, with reason `crashed`.
 * - `keep`: the entry stays as it was, and accepts nothing until it is overwritten.
 */
export interface CrashOptions {
  /** @default 'restart' */
  readonly policy?: 'restart' | 'remove' | 'keep'
  /**
   * How many restarts of one entry are too few to give it up.
   *
   * @default 3
   */
  readonly intensity?: number
  /**
   * Within how many milliseconds they count.
   *
   * @default 5_000
   */
  readonly periodMs?: number
}

/** How a store of machines behaves. */
export interface MachineStoreOptions<T extends LiveValueTypes> extends StoreOptions<T> {
  readonly crash?: CrashOptions
  /**
   * How much of what happens to one machine by itself (delays, children) may wait, because a guard holds its entry or
   * because it takes a breath; past it the machine fails with `MAILBOX_FULL`.
   *
   * @default 1_024
   */
  readonly jobCapacity?: number
  /** Is given XState's inspection events of every machine of the store; what it throws goes to `onError`. */
  readonly inspect?: Inspector
}

export interface ResolvedMachineOptions {
  readonly policy: 'restart' | 'remove' | 'keep'
  readonly intensity: number
  readonly periodMs: number
  readonly jobCapacity: number
  readonly inspect: Inspector | undefined
}

const POLICIES = new Set(['restart', 'remove', 'keep'])
const KNOWN_OF_CRASH = new Set(['policy', 'intensity', 'periodMs'])

/** The options of the machines, and those that every store has. @throws StoreError `INVALID_OPTIONS` */
export function resolveMachineOptions<T extends LiveValueTypes>(
  options: MachineStoreOptions<T> = {},
): [ResolvedMachineOptions, StoreOptions<T>] {
  const { crash = {}, jobCapacity = 1_024, inspect, ...others } = options
  assertKnown(crash, KNOWN_OF_CRASH, 'crash')
  const { policy = 'restart', intensity = 3, periodMs = 5_000 } = crash
  if (!POLICIES.has(policy))
    throw invalid(`crash.policy must be restart, remove or keep, not ${String(policy)}`)
  if (
    inspect !== undefined &&
    typeof inspect !== 'function' &&
    (typeof inspect !== 'object' || inspect === null)
  ) {
    throw invalid(`inspect must be a function or an observer, not ${String(inspect)}`)
  }
  const resolved = {
    policy,
    intensity: whole('crash.intensity', intensity, 0),
    periodMs: milliseconds('crash.periodMs', periodMs),
    jobCapacity: whole('jobCapacity', jobCapacity, 1),
    inspect,
  }
  return [resolved, others]
}

function whole(option: string, value: unknown, least: number): number {
  if (value === Infinity || (typeof value === 'number' && Number.isInteger(value) && value >= least))
    return value
  throw invalid(`${option} must be a whole number of at least ${least}, not ${String(value)}`)
}

function invalid(message: string): StoreError {
  return new StoreError('INVALID_OPTIONS', message)
}
