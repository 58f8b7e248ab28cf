import type { Awaitable, Clock } from '@livestore-kv/core'
import { Countdown } from '../countdown.ts'
import type { Meter } from '../metrics/meter.ts'
import type { Transport } from './transport.ts'
import type { WriteTick } from './write-tick.ts'

/** Somebody whose frames did not fit, and who has something newer to say once they do. */
export interface Debtor {
  /** Says it. */
  catchUp(): void
}

export interface OutboxOptions {
  readonly transport: Transport
  readonly tick: WriteTick
  readonly clock: Clock
  /** Bytes that may wait, here and in the transport, before updates are left out. */
  readonly budgetBytes: number
  /** Bytes that may wait before the connection is given up. */
  readonly capBytes: number
  /** How long the other end may read nothing, in milliseconds. */
  readonly stallMs: number
  /** The other end does not keep up. */
  readonly stalled: (reason: string) => void
  readonly meter: Meter | undefined
}

/** Bytes that are written at a time, unless a single frame is longer. */
const WRITE_BYTES = 65_536

/**
 * What waits to be written to one connection. Updates have a byte budget: what does not fit is left out, and its
 * {@link Debtor} catches up when there is room. Answers are never left out: they wait for room, and cost nothing until
 * then. Whatever else piles up has a hard cap.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #stall: Countdown
  readonly #debtors = new Set<Debtor>()
  readonly #flush = (): void => this.#write()
  readonly #left = (): void => this.#sent()
  /** Who waits for room, the first one first. */
  readonly #held: (() => void)[] = []
  #frames: Uint8Array[] = []
  #bytes = 0
  /** The size of the largest frame that was queued since nothing waited. */
  #largest = 0
  /** Whether the transport has not passed on what it was given last. */
  #isWriting = false
  /** When it was given that, in milliseconds since 1970. */
  #progressAt = 0
  #closed = false

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#stall = new Countdown(options.clock, () => this.#checkProgress())
  }

  /** Bytes that wait, here and in the transport. */
  get waiting(): number {
    return this.#bytes + this.#options.transport.bufferedAmount
  }

  /** Whether more than an update would fit. Half of the budget: who has just caught up is not to fall behind again at once. */
  get hasRoom(): boolean {
    return this.waiting <= this.#options.budgetBytes / 2
  }

  /** Whether something is under way, and more than the budget. */
  get #isFull(): boolean {
    return (this.#isWriting || this.#frames.length > 0) && this.waiting > this.#options.budgetBytes
  }

  /**
   * Calls `tell` as soon as the other end has read so much that no more than the budget waits, and after everybody who
   * waited for that before: at once where that is so, and when it is closed.
   */
  whenRoom<T>(tell: () => Awaitable<T>): Awaitable<T> {
    if (this.#closed || (this.#held.length === 0 && !this.#isFull)) return tell()
    return new Promise<T>((resolve) => {
      // What it throws at once is thrown to whoever awaits it.
      this.#held.push(() => resolve((async () => tell())()))
    })
  }

  /** Queues what must not be left out. */
  push(frame: Uint8Array): void {
    if (this.#closed) return
    const { capBytes, stalled } = this.#options
    const waiting = this.waiting
    // A single frame may have any size: the cap is for what piles up besides.
    if (waiting - this.#largest > capBytes) stalled(`${waiting} bytes wait to be read`)
    else this.#queue(frame, waiting)
  }

  /** Queues an update if it fits; otherwise `debtor` is asked to catch up when there is room again. */
  offer(frame: Uint8Array, debtor: Debtor): boolean {
    if (this.#closed) return false
    const waiting = this.waiting
    // What is alone always fits, whatever its size: the budget is for what piles up.
    if (waiting > 0 && waiting + frame.byteLength > this.#options.budgetBytes) {
      this.owe(debtor)
      return false
    }
    this.#queue(frame, waiting)
    return true
  }

  /** Has `debtor` catch up as soon as there is room. */
  owe(debtor: Debtor): void {
    this.#debtors.add(debtor)
    if (!this.#isWriting) this.#options.tick.schedule(this.#flush)
  }

  /** `debtor` has nothing to say any more. */
  forgive(debtor: Debtor): void {
    this.#debtors.delete(debtor)
  }

  /** Writes what waits, and takes nothing more. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#debtors.clear()
    this.#stall.stop()
    for (const tell of this.#held.splice(0)) tell()
    if (this.#frames.length > 0) this.#options.transport.send(this.#take(Infinity), this.#left)
  }

  #queue(frame: Uint8Array, waiting: number): void {
    const { byteLength } = frame
    this.#frames.push(frame)
    this.#bytes += byteLength
    this.#largest = waiting === 0 ? byteLength : Math.max(this.#largest, byteLength)
    this.#options.tick.schedule(this.#flush)
  }

  // One write at a time, and no long one: each that leaves shows that the other end reads, however slowly.
  #write(): void {
    if (this.#closed || this.#isWriting) return
    // It may close: then they have all been called.
    while (this.#held.length > 0 && !this.#isFull) this.#held.shift()?.()
    if (this.#debtors.size > 0) this.#settleDebts()
    if (this.#frames.length === 0) return
    this.#isWriting = true
    this.#options.transport.send(this.#take(WRITE_BYTES), this.#left)
    if (this.#hasLeft()) return
    this.#progressAt = this.#options.clock.now()
    if (!this.#stall.isRunning) this.#stall.start(this.#options.stallMs)
  }

  /** To whoever keeps up, it has within the call. */
  #hasLeft(): boolean {
    return !this.#isWriting
  }

  /** The next frames, of no more than `maxBytes` all together, or one. */
  #take(maxBytes: number): readonly Uint8Array[] {
    let count = 0
    let bytes = 0
    for (const { byteLength } of this.#frames) {
      if (count > 0 && bytes + byteLength > maxBytes) break
      count++
      bytes += byteLength
    }
    this.#bytes -= bytes
    this.#options.meter?.bytes('transmit', bytes)
    return this.#frames.splice(0, count)
  }

  #sent(): void {
    this.#isWriting = false
    if (this.#closed) return
    if (this.#frames.length > 0 || this.#held.length > 0 || this.#debtors.size > 0)
      this.#options.tick.schedule(this.#flush)
  }

  // Looked at when it could be too long, so that a write costs no timer.
  #checkProgress(): void {
    if (!this.#isWriting) return
    const { clock, stallMs, stalled } = this.#options
    const leftMs = this.#progressAt + stallMs - clock.now()
    if (leftMs > 0) this.#stall.start(leftMs)
    else stalled(`nothing was read for ${stallMs} ms`)
  }

  #settleDebts(): void {
    for (const debtor of this.#debtors) {
      if (!this.hasRoom) return
      this.#debtors.delete(debtor)
      debtor.catchUp()
    }
  }
}
