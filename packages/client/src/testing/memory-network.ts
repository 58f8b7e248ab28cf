import { FakeClock, Random } from '@livestore-kv/core/testing'
import type { WebSocketConstructor } from '../connection/web-socket.ts'
import { MemoryLink } from './memory-link.ts'
import type { Delivery } from './memory-link.ts'
import type { NetworkServer } from './network-server.ts'

// Servers on Node write once per turn of the event loop.
declare function setImmediate(callback: () => void): unknown

/** How a {@link MemoryNetwork} behaves. */
export interface MemoryNetworkOptions {
  /**
   * Decides all that is left to chance: the same seed, the same run.
   *
   * @default 1
   */
  readonly seed?: number
  /**
   * The longest that a message takes, in milliseconds; each takes a random part of it.
   *
   * @default 20
   */
  readonly latencyMs?: number
  /** @default a clock that begins in November 2023 */
  readonly clock?: FakeClock
}

/**
 * A network in memory, on a clock of its own, on which nothing happens until it is told to go on. Messages of one
 * connection arrive in order; those of different ones, and timers, in any order that the seed says.
 */
export class MemoryNetwork {
  readonly clock: FakeClock
  readonly random: Random
  /** What clients connect with: hand it to `createClient`, with `clock` and `random.next`. */
  readonly WebSocket: WebSocketConstructor
  /** Called with each message that arrives, just before it does. */
  onDelivery: ((delivery: Delivery) => void) | undefined
  /** What becomes of those who connect; `stall` = nothing at all. */
  connecting: 'accepted' | 'refused' | 'stalled' = 'accepted'
  /** The longest that a message takes, in milliseconds. */
  latencyMs: number
  readonly #links = new Set<MemoryLink>()
  #server: NetworkServer | undefined

  constructor({ seed = 1, latencyMs = 20, clock = new FakeClock() }: MemoryNetworkOptions = {}) {
    this.clock = clock
    this.random = new Random(seed)
    this.latencyMs = latencyMs
    const open = (): MemoryLink => this.#open()
    this.WebSocket = function WebSocket() {
      return open()
      // A constructor may answer another object than the one that was made for it.
    } as unknown as WebSocketConstructor
  }

  /** The connections of which at least one end has not heard the last. */
  get links(): ReadonlySet<MemoryLink> {
    return this.#links
  }

  /** From now on, those who connect are connected to `server`; to nobody if there is none. */
  serve(server: NetworkServer | undefined): void {
    this.#server = server
  }

  /** Lets `ms` milliseconds pass, with all that happens in them, one thing after the other. */
  async run(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (;;) {
      const due = this.#nextDue()
      if (due > this.clock.now()) await this.settle()
      if (!this.#step(end)) break
      // Sometimes the next thing happens before all that this one led to.
      if (this.random.chance(0.5)) await turn()
    }
    this.clock.advance(end - this.clock.now())
    await this.settle()
  }

  /** Until all that can happen at this moment without the network has happened. */
  async settle(): Promise<void> {
    await turn()
    await turn()
  }

  #open(): MemoryLink {
    const { clock, random } = this
    const link = new MemoryLink({
      due: () => clock.now() + random.below(this.latencyMs + 1),
      surviving: (count) => random.below(count + 1),
      delivered: (delivery) => this.onDelivery?.(delivery),
      over: () => this.#links.delete(link),
    })
    this.#links.add(link)
    if (this.connecting === 'accepted') link.connect(() => this.#server)
    else if (this.connecting === 'refused') link.refuse()
    return link
  }

  #nextDue(): number {
    let due = this.clock.next
    for (const link of this.#links) for (const lane of link.lanes) due = Math.min(due, lane.due)
    return due
  }

  /** Has the next thing happen, if that is until `end`: one of those that may be next. */
  #step(end: number): boolean {
    const due = this.#nextDue()
    if (due > end) return false
    const now = Math.max(due, this.clock.now())
    const lanes = [...this.#links].flatMap((link) => link.lanes.filter((lane) => lane.due <= now))
    const timer = this.clock.next
    if (timer <= now && (lanes.length === 0 || this.random.chance(0.5))) {
      this.clock.step()
      return true
    }
    // Not to the moment of the timer, which would run it.
    this.clock.advance(Math.max(0, Math.min(now, timer - 1) - this.clock.now()))
    this.random.pick(lanes).deliver()
    return true
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
