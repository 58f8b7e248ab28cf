import { StoreError } from '@livestore-kv/core'
import type {
  Entry,
  EntryKey,
  LiveValueTypes,
  LockInfo,
  Update,
  Watch as WatchContract,
} from '@livestore-kv/core'

/** What a watch asks of the store that made it. */
export interface WatchSource<T extends LiveValueTypes> {
  readonly capacity: number
  /** The place of the newest update in the store's order. */
  readonly position: number
  current(): Entry<T> | undefined
  lock(): LockInfo | undefined
  detach(watch: Watch<T>): void
  onError(error: unknown): void
}

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
  #missed = 0
  #missedMessages = 0
  #listener: ((update: Update<T>) => unknown) | undefined
  #wake: (() => void) | undefined
  #consumed = false
  #ended = false

  constructor(key: EntryKey | undefined, source: WatchSource<T>, awaitsCreation: boolean) {
    this.key = key
    this.awaitsCreation = awaitsCreation
    this.entry = source.current()
    this.#source = source
    this.#since = source.position
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
    this.#consume()
    this.#listener = listener
    for (let update = this.#take(); update; update = this.#take()) this.#call(listener, update)
  }

  /** @throws StoreError `WATCH_CONSUMED` if this watch has a consumer already. */
  [Symbol.asyncIterator](): AsyncIterator<Update<T>, undefined> {
    this.#consume()
    return {
      next: async () => {
        for (;;) {
          const update = this.#take()
          if (update) return { done: false, value: update }
          if (this.#ended) return { done: true, value: undefined }
          await new Promise<void>((wake) => (this.#wake = wake))
        }
      },
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

  /** @internal Takes the update at `position` of the store's order. */
  deliver(update: Update<T>, position: number): void {
    if (this.#ended || position <= this.#since) return
    if (this.#listener) return this.#call(this.#listener, update)

    if (this.#missed > 0 || this.#buffer.length >= this.#source.capacity) this.#lag(update)
    else this.#buffer.push(update)
    this.#wakeReader()
  }

  /** @internal Nothing follows; what is buffered can still be read. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#source.detach(this)
    this.#wakeReader()
  }

  #lag(update: Update<T>): void {
    for (const lost of this.#buffer.splice(0)) this.#miss(lost)
    this.#miss(update)
  }

  #miss(update: Update<T>): void {
    this.#missed++
    if (update.type === 'message') this.#missedMessages++
    // The last word on an entry is kept whatever is lost.
    if (update.type === 'remove' && this.key !== undefined && !this.awaitsCreation) {
      this.#missed--
      this.#buffer.push(update)
    }
  }

  #take(): Update<T> | undefined {
    if (this.#missed === 0) return this.#buffer.shift()

    const missed = this.#missed
    const missedMessages = this.#missedMessages
    this.#missed = 0
    this.#missedMessages = 0
    const entry = this.#source.current()
    return {
      type: 'lagged',
      ...(this.key !== undefined && { key: this.key }),
      missed,
      missedMessages,
      entry,
    }
  }

  #call(listener: (update: Update<T>) => unknown, update: Update<T>): void {
    try {
      const answer = listener(update)
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#source.onError(error))
    } catch (error) {
      this.#source.onError(error)
    }
  }

  #consume(): void {
    if (this.#consumed) throw new StoreError('WATCH_CONSUMED', 'this watch has a consumer already')
    this.#consumed = true
  }

  #wakeReader(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
