import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryKey,
  HoldOptions,
  LiveValueTypes,
  TurnOptions,
  WriteOptions,
} from '@livestore-kv/core'
import { assertKnown, assertSignal } from '../options/known-options.ts'
import { milliseconds } from '../options/milliseconds.ts'

const KNOWN: ReadonlySet<string> = new Set<keyof (WriteOptions<never> & HoldOptions)>([
  'token',
  'ifVersion',
  'signal',
  'timeoutMs',
  'message',
  'leaseMs',
  'holder',
])

/** @throws StoreError `INVALID_OPTIONS`, or the reason of a signal that was aborted already. */
export function assertTurnOptions(options: TurnOptions & HoldOptions): void {
  assertKnown(options, KNOWN)
  const { signal, timeoutMs, leaseMs, token, ifVersion } = options
  assertSignal(signal)
  signal?.throwIfAborted()
  if (timeoutMs !== undefined) milliseconds('timeoutMs', timeoutMs)
  if (leaseMs !== undefined) milliseconds('leaseMs', leaseMs)
  if (token !== undefined) assertNumber('token', token)
  if (typeof ifVersion === 'object') {
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
