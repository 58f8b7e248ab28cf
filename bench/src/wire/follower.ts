import { createClient } from '@livestore-kv/client'
import type { Client, MirrorUpdate } from '@livestore-kv/client'
import { WebSocket } from 'ws'
import { KEY } from './broadcaster.ts'
import { news } from './news.ts'
import type { NewsTypes } from './news.ts'

/** Livestore's own client, which follows the entry and keeps account of every version that it is told of. */
export class Follower implements Disposable {
  /** Versions that were told twice. */
  doubled = 0
  /** Versions that were neither told nor announced as missed. */
  lost = 0
  /** Versions that it was told it missed. */
  missed = 0
  /** How often it had to start again from a snapshot, after the first. */
  restarts = -1
  version = 0
  readonly #client: Client<typeof news>
  /** The newest of its sockets. */
  #socket: WebSocket | undefined
  #target = Infinity
  #reached: () => void = () => undefined

  constructor(port: number) {
    const opened = (socket: WebSocket): void => void (this.#socket = socket)
    this.#client = createClient({
      url: `ws://127.0.0.1:${port}/live`,
      definitions: [news],
      // Waits as long after each cut as after the first: one after the other would count as failures in a row.
      backoff: { maxMs: 500 },
      WebSocket: class extends WebSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol, { perMessageDeflate: false })
          opened(this)
        }
      },
    })
    const mirror = this.#client.store(news).watch(KEY)
    mirror.onUpdate((update) => this.#take(update))
  }

  /** Until it has been told of `version`. */
  reaches(version: number): Promise<void> {
    this.#target = version
    return new Promise((resolve) => {
      this.#reached = resolve
      this.#look()
    })
  }

  /** Reads nothing until {@link resume}. */
  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }

  #take(update: MirrorUpdate<NewsTypes>): void {
    if (update.type === 'snapshot') {
      this.restarts++
      this.version = update.entry.version
    }
    if (update.type === 'mutate') this.#arriveAt(update.entry.version)
    if (update.type === 'lagged' && update.entry) {
      this.missed += update.missed
      this.version += update.missed
      if (update.entry.version !== this.version) this.lost += Math.abs(update.entry.version - this.version)
    }
    this.#look()
  }

  #arriveAt(version: number): void {
    if (version <= this.version) this.doubled++
    this.lost += Math.max(0, version - this.version - 1)
    this.version = version
  }

  #look(): void {
    if (this.version >= this.#target) this.#reached()
  }
}
