import { StoreError } from '@livestore-kv/core'
import type { Clock, Entry, LiveValueTypes } from '@livestore-kv/core'
import { SystemClock } from '../system-clock.ts'
import { assertFunction } from './assert-function.ts'
import { assertKnown } from './known-options.ts'
import { milliseconds } from './milliseconds.ts'

/** When entries that nobody changes go away. */
export interface ExpiryOptions<T extends LiveValueTypes> {
  /** An entry that was not changed for so many milliseconds expires. */
  readonly timeoutMs: number
  /**
   * How often due entries are looked for, in milliseconds; at least 1.
   *
   * @default 1_000
   */
  readonly sweepMs?: number
  /** Keeps an entry that is due, and is asked again within two sweeps. */
  readonly keepWhile?: (entry: Entry<T>, state: { readonly watchers: number }) => boolean
}

/** How a store behaves; everything has a default. */
export interface StoreOptions<T extends LiveValueTypes> {
  /**
   * How many supervisors share the entries; a power of two up to 256. Where many expire at once, a `Map` that shrinks is
   * copied in one go, 1.5 ms for 1 M entries in 16: more shards keep that short for a store of many millions.
   *
   * @default 16
   */
  readonly shardCount?: number
  /**
   * Creations past it fail with `STORE_FULL`.
   *
   * @default Infinity
   */
  readonly maxEntries?: number
  /**
   * How many callers may wait their turn on one entry before `MAILBOX_FULL`.
   *
   * @default 1_024
   */
  readonly mailboxCapacity?: number
  /**
   * The longest wait for a turn before `WAIT_TIMEOUT`, in milliseconds.
   *
   * @default 30_000
   */
  readonly waitTimeoutMs?: number
  /**
   * How many updates a watch may fall behind before it lags.
   *
   * @default 64
   */
  readonly channelCapacity?: number
  /** Absent: entries never expire, except by a deadline of their own. */
  readonly expiry?: ExpiryOptions<T>
  /**
   * Freezes objects and arrays that are stored, at any depth, so that a stray write throws; the members of a `Map` or
   * `Set` too, but not the `Map` or `Set` itself, nor a `Date`.
   *
   * @default process.env.NODE_ENV === 'production' ? false : 'deep'
   */
  readonly freeze?: 'deep' | false
  /** @default the real time, read once per turn of the event loop */
  readonly clock?: Clock
  /**
   * Receives what no caller can be told: a listener that throws, for example.
   *
   * @default process.emitWarning
   */
  readonly onError?: (error: unknown) => void
}

/** Options with their defaults filled in. */
export interface ResolvedOptions<T extends LiveValueTypes> {
  readonly shardCount: number
  readonly maxEntries: number
  readonly mailboxCapacity: number
  readonly waitTimeoutMs: number
  readonly channelCapacity: number
  readonly expiry: (ExpiryOptions<T> & { readonly sweepMs: number }) | undefined
  readonly sweepMs: number
  readonly freeze: 'deep' | false
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

const KNOWN = new Set([
  'shardCount',
  'maxEntries',
  'mailboxCapacity',
  'waitTimeoutMs',
  'channelCapacity',
  'expiry',
  'freeze',
  'clock',
  'onError',
])
const KNOWN_OF_EXPIRY = new Set(['timeoutMs', 'sweepMs', 'keepWhile'])

/** @throws StoreError `INVALID_OPTIONS`, with the name of the option. */
export function resolveOptions<T extends LiveValueTypes>(options: StoreOptions<T>): ResolvedOptions<T> {
  assertKnown(options, KNOWN)
  if (options.expiry !== undefined) assertKnown(options.expiry, KNOWN_OF_EXPIRY, 'expiry')
  const { expiry, clock = new SystemClock(), onError = warn } = options
  const sweepMs = milliseconds('expiry.sweepMs', expiry?.sweepMs ?? 1_000, 1)
  assertFunction('onError', onError)
  if (expiry?.keepWhile !== undefined) assertFunction('expiry.keepWhile', expiry.keepWhile)
  for (const method of ['now', 'setTimeout', 'clearTimeout'] as const) {
    assertFunction(`clock.${method}`, clock?.[method])
  }
  return {
    shardCount: powerOfTwo('shardCount', options.shardCount ?? 16),
    maxEntries: count('maxEntries', options.maxEntries ?? Infinity),
    mailboxCapacity: count('mailboxCapacity', options.mailboxCapacity ?? 1_024),
    waitTimeoutMs: milliseconds('waitTimeoutMs', options.waitTimeoutMs ?? 30_000),
    channelCapacity: count('channelCapacity', options.channelCapacity ?? 64),
    expiry: expiry && { ...expiry, timeoutMs: milliseconds('expiry.timeoutMs', expiry.timeoutMs), sweepMs },
    sweepMs,
    freeze: freezeMode(options.freeze ?? (process.env['NODE_ENV'] === 'production' ? false : 'deep')),
    clock,
    onError,
  }
}

/** Where errors go that nobody asked for: the process prints them, and lives. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

function powerOfTwo(option: string, value: unknown): number {
  // Keys are spread by two hex digits: 256 is as far as that goes.
  if (typeof value === 'number' && value >= 1 && value <= 256 && Number.isInteger(Math.log2(value)))
    return value
  throw new StoreError(
    'INVALID_OPTIONS',
    `${option} must be a power of two from 1 to 256, not ${String(value)}`,
  )
}

function freezeMode(mode: unknown): 'deep' | false {
  if (mode === 'deep' || mode === false) return mode
  throw new StoreError('INVALID_OPTIONS', `freeze must be 'deep' or false, not ${String(mode)}`)
}

function count(option: string, value: unknown): number {
  if (value === Infinity || (typeof value === 'number' && Number.isInteger(value) && value > 0)) return value
  throw new StoreError('INVALID_OPTIONS', `${option} must be a positive whole number, not ${String(value)}`)
}
