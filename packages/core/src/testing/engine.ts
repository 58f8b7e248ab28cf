import type { Definition } from '../definition.ts'
import type { Entry } from '../entry.ts'
import type { Awaitable, LiveStore } from '../live-store.ts'
import type { FooTypes } from './foo.ts'

/** The options that every engine understands, with the meaning that they have on the in-memory store. */
export interface EngineOptions {
  readonly maxEntries?: number
  readonly mailboxCapacity?: number
  readonly waitTimeoutMs?: number
  readonly channelCapacity?: number
  readonly expiry?: {
    readonly timeoutMs: number
    readonly sweepMs?: number
    readonly keepWhile?: (entry: Entry<FooTypes>, state: { readonly watchers: number }) => boolean
  }
  readonly onError?: (error: unknown) => void
}

/** One engine under test, with a time of its own; made anew for every test. */
export interface Engine {
  readonly create: (
    definition: Definition<FooTypes>,
    options: EngineOptions,
  ) => Awaitable<LiveStore<FooTypes>>
  /** Lets `ms` milliseconds pass for the store, and whatever is due in them happen. */
  readonly advance: (ms: number) => Awaitable<void>
}

/** What an engine promises beyond the contract; what is not claimed is not tested. */
export interface Capabilities {
  /** Callers get their turns in the order in which they asked. */
  readonly fifo?: boolean
  /** `onExpire` hears of each expired entry exactly once, in one process. */
  readonly expireOnce?: boolean
  /** Every call that does not wait its turn answers at once, not with a promise. */
  readonly syncReads?: boolean
  /** A listener is told before the writer's call returns, and the telling runs to completion. */
  readonly tellsInOrder?: boolean
}
