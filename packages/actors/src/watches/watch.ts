import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryKey,
  LiveValueTypes,
  LockInfo,
  RemoveReason,
  Update,
  Watch as WatchContract,
  WatchOptions,
} from '@livestore-kv/core'
import { assertFunction } from '../options/assert-function.ts'
import { assertKnown, assertSignal } from '../options/known-options.ts'

/** What a watch asks of the store that made it. */
export interface WatchSource<T extends LiveValueTypes> {
  readonly capacity: number
  /** The place of the newest update in the store's order. */
  position(): number
  current(): Entry<T> | undefined
  lock(): LockInfo | undefined
  detach(watch: Watch<T>): void
  /** Runs `task` when everything that happened so far has been told. */
  afterTelling(task: () => void): void
  /** Calls a listener, whose errors concern nobody else. */
  call(listener: Listener<T>, update: Update<T>): void
}

type Listener<T extends LiveValueTypes> = (update: Update<T>) => unknown

/**
 * The updates of one entry (or of a whole store) from the moment of subscribing.
 *
 * Ordering: commit order. Lagging: a reader more than `channelCapacity` updates behind loses what it has not
 * read and gets one `lagged` with the count and the newest entry in its place. Closing: it ends after the final
 * `remove`, which is always delivered, or by {@link close}.
 */
export class Watch<T extends LiveValueTypes> implements WatchContract<T> {
  /** `undefined` on a watch of the whole store. */
  readonly key: EntryKey | undefined
  /** The snapshot at the moment of subscribing: nothing is missed between it and the first update. */
  readonly entry: Entry<T> | undefined
  /** @internal Lives on past `remove` and waits for the next incarnation. */
  readonly awaitsCreation: boolean
  readonly #source: WatchSource<T>
  readonly #since: number
  readonly #buffer: Update<T>[] = []
  readonly #readers: ((result: IteratorResult<Update<T>, undefined>) => void)[] = []
  #missed = 0
  #missedMessages = 0
  /** Up to which place in the store's order changes of the entry are in what the last `lagged` carried. */
  #caughtUpTo = 0
  #listener: Listener<T> | undefined
  #stopListening: (() => void) | undefined
  #isConsumed = false
  #isEnded = false

  constructor(key: EntryKey | undefined, source: WatchSource<T>, awaitsCreation: boolean) {
    this.key = key
    this.awaitsCreation = awaitsCreation
    this.entry = source.current()
    this.#source = source
    this.#since = source.position()
  }

  /** Who holds the entry now; `undefined` while nobody does. */
  get lock(): LockInfo | undefined {
    return this.#source.lock()
  }

  /**
   * Calls `listener` with each update, without a buffer, after the change is visible and before the writer's call
   * returns. What it throws or rejects with goes to the store's `onError`.
   *
   * @throws StoreError `WATCH_CONSUMED` if this watch has a consumer already.
   */
  onUpdate(listener: (update: Update<T>) => unknown): void {
    assertFunction('listener', listener)
    this.#consume()
    this.#source.afterTelling(() => {
      for (let update = this.#take(); update; update = this.#take()) this.#source.call(listener, update)
      this.#listener = listener
    })
  }

  /** @throws StoreError `WATCH_CONSUMED` if this watch has a consumer already. */
  [Symbol.asyncIterator](): AsyncIterator<Update<T>, undefined> {
    this.#consume()
    return {
      next: () =>
        new Promise((read) => {
          this.#readers.push(read)
          this.#serveReaders()
        }),
      return: () => {
        this.close()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  /** Ends the watch and drops what was not read; safe to call again. */
  close(): void {
    this.#buffer.length = 0
    this.#missed = 0
    this.#listener = undefined
    this.end()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @internal Closes this watch when `signal` aborts, or at once if it has. */
  closeOn(signal: AbortSignal | undefined): this {
    const close = (): void => this.close()
    if (signal?.aborted) close()
    else if (signal) {
      signal.addEventListener('abort', close, { once: true })
      this.#stopListening = () => signal.removeEventListener('abort', close)
    }
    return this
  }

  /** @internal Takes the update at `position` of the store's order. */
  deliver(update: Update<T>, position: number): void {
    if (this.#isEnded || position <= this.#since) return
    if (position <= this.#caughtUpTo && this.#isKnown(update)) return
    if (this.#listener) return this.#source.call(this.#listener, update)

    if (this.#missed > 0 || this.#buffer.length >= this.#source.capacity) this.#lag(update)
    else this.#buffer.push(update)
    this.#serveReaders()
  }

  /** @internal Nothing follows; what is buffered can still be read. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#stopListening?.()
    this.#source.detach(this)
    this.#serveReaders()
  }

  #lag(update: Update<T>): void {
    for (const lost of this.#buffer.splice(0)) this.#miss(lost)
    this.#miss(update)
  }

  #miss(update: Update<T>): void {
    // The last word on an entry is kept whatever is lost.
    if (update.type === 'remove' && this.#isLastWord(update.reason)) this.#buffer.push(update)
    else {
      this.#missed++
      if (update.type === 'message') this.#missedMessages++
    }
  }

  #isLastWord(reason: RemoveReason): boolean {
    return this.key !== undefined && (!this.awaitsCreation || reason === 'closed')
  }

  #take(): Update<T> | undefined {
    if (this.#missed === 0) return this.#buffer.shift()

    const missed = this.#missed
    const missedMessages = this.#missedMessages
    this.#missed = 0
    this.#missedMessages = 0
    const entry = this.#source.current()
    if (entry) this.#caughtUpTo = this.#source.position()
    return {
      type: 'lagged',
      ...(this.key !== undefined && { key: this.key }),
      missed,
      missedMessages,
      entry,
    }
  }

  /** Whether what was done before `lagged` was read, and is told only now, is in the entry that it carried. */
  #isKnown(update: Update<T>): boolean {
    if (update.type === 'remove') return !this.#isLastWord(update.reason)
    return update.type === 'create' || 'new' in update
  }

  #serveReaders(): void {
    while (this.#readers.length > 0) {
      const update = this.#take()
      if (update === undefined && !this.#isEnded) return
      this.#readers.shift()?.(update ? { done: false, value: update } : { done: true, value: undefined })
    }
  }

  #consume(): void {
    if (this.#isConsumed) throw new StoreError('WATCH_CONSUMED', 'this watch has a consumer already')
    this.#isConsumed = true
  }
}

const KNOWN_OF_WATCH: ReadonlySet<string> = new Set<keyof WatchOptions>(['awaitCreation', 'signal'])

/** @throws StoreError `INVALID_OPTIONS` */
export function assertWatchOptions(options: WatchOptions): void {
  assertKnown(options, KNOWN_OF_WATCH)
  assertSignal(options.signal)
}
