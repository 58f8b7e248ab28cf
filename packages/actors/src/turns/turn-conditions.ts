import { StoreError } from '@livestore-kv/core'
import type {
  AcquireOptions,
  Entry,
  EntryKey,
  HoldOptions,
  LiveValueTypes,
  TurnOptions,
  WriteOptions,
} from '@livestore-kv/core'
import { assertKnown, assertSignal } from '../options/known-options.ts'
import { milliseconds } from '../options/milliseconds.ts'

/** Their names, as those of the next. */
export const TURN_OPTIONS: ReadonlySet<keyof TurnOptions> = new Set([
  'token',
  'ifVersion',
  'signal',
  'timeoutMs',
] as const)
export const WRITE_OPTIONS: ReadonlySet<keyof WriteOptions<never>> = new Set([
  ...TURN_OPTIONS,
  'message',
] as const)
export const HOLD_OPTIONS: ReadonlySet<keyof HoldOptions> = new Set(['leaseMs', 'holder'] as const)
export const ACQUIRE_OPTIONS: ReadonlySet<keyof AcquireOptions> = new Set([
  ...HOLD_OPTIONS,
  'signal',
  'timeoutMs',
] as const)

/**
 * @param takes the names of the options of the call.
 * @throws StoreError `INVALID_OPTIONS`, or the reason of a signal that was aborted already.
 */
export function assertTurnOptions(options: TurnOptions & HoldOptions, takes: ReadonlySet<string>): void {
  assertKnown(options, takes)
  const { signal, timeoutMs, leaseMs, holder, token, ifVersion } = options
  assertSignal(signal)
  signal?.throwIfAborted()
  if (timeoutMs !== undefined) milliseconds('timeoutMs', timeoutMs)
  if (leaseMs !== undefined) milliseconds('leaseMs', leaseMs)
  if (holder !== undefined && typeof holder !== 'string') {
    throw new StoreError('INVALID_OPTIONS', `holder must be a string, not a ${typeof holder}`)
  }
  if (token !== undefined) assertNumber('token', token)
  if (typeof ifVersion === 'object' && ifVersion !== null) {
    assertNumber('ifVersion.epoch', ifVersion.epoch)
    assertNumber('ifVersion.version', ifVersion.version)
  } else if (ifVersion !== undefined) assertNumber('ifVersion', ifVersion)
}

/** @throws StoreError `GUARD_RELEASED`: the token of an entry that does not exist holds nothing. */
export function assertNoToken(key: EntryKey, options: TurnOptions | undefined): undefined {
  if (options?.token === undefined) return undefined
  throw new StoreError('GUARD_RELEASED', `entry ${key} is gone, and token ${options.token} with it`)
}

/** @throws StoreError `VERSION_CONFLICT` unless the entry (or its absence) is at `options.ifVersion`. */
export function assertVersion<T extends LiveValueTypes>(
  entry: Entry<T> | undefined,
  options: TurnOptions | undefined,
): void {
  const wanted = options?.ifVersion
  if (wanted === undefined) return
  const actual = entry?.version ?? 0
  if (typeof wanted === 'number') {
    if (wanted === actual) return
    throw new StoreError('VERSION_CONFLICT', `the entry is at version ${actual}, not at ${wanted}`)
  }
  if (wanted.version === actual && (entry === undefined || wanted.epoch === entry.epoch)) return
  throw new StoreError(
    'VERSION_CONFLICT',
    `the entry is at version ${actual} of epoch ${entry?.epoch ?? 'none'}, not at ${wanted.version} of ${wanted.epoch}`,
  )
}

function assertNumber(option: string, value: unknown): void {
  if (Number.isInteger(value)) return
  throw new StoreError('INVALID_OPTIONS', `${option} must be a whole number, not ${String(value)}`)
}
