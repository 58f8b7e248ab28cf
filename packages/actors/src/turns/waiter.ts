import type { LiveValueTypes } from '@livestore-kv/core'
import type { EntryActor } from '../entries/entry-actor.ts'
import type { Line } from './line.ts'

/** One call that waits its turn on an entry, linked into its mailbox and into a line; it is settled once. */
export class Waiter<T extends LiveValueTypes> {
  readonly actor: EntryActor<T>
  readonly promise: Promise<unknown>
  /** Those who wait equally long. */
  line: Line<T> | undefined = undefined
  /** Milliseconds since 1970. */
  deadline = 0
  /** In the line. */
  earlier: Waiter<T> | undefined = undefined
  later: Waiter<T> | undefined = undefined
  /** In the mailbox. */
  previous: Waiter<T> | undefined = undefined
  next: Waiter<T> | undefined = undefined
  isWaiting = false
  readonly #perform: () => unknown
  readonly #gone: ((deadline: number) => unknown) | undefined
  #resolve: ((answer: unknown) => void) | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined
  #stopListening: (() => void) | undefined = undefined

  /** `perform` is its turn; `gone` answers it (absent: `undefined` does) if its incarnation ends first. */
  constructor(
    actor: EntryActor<T>,
    perform: () => unknown,
    gone: ((deadline: number) => unknown) | undefined,
  ) {
    this.actor = actor
    this.#perform = perform
    this.#gone = gone
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Calls `leave` if `signal` aborts while this one waits. */
  listen(signal: AbortSignal, leave: () => void): void {
    signal.addEventListener('abort', leave, { once: true })
    this.#stopListening = () => signal.removeEventListener('abort', leave)
  }

  /** Its turn has come. */
  run(): void {
    this.#settle(this.#perform)
  }

  /** The incarnation it was asked of ended. */
  end(): void {
    this.#settle(() => this.#gone?.(this.deadline))
  }

  /** It was cancelled, waited too long, or the store closed. */
  fail(error: unknown): void {
    this.#stopListening?.()
    this.#reject?.(error)
  }

  #settle(answer: () => unknown): void {
    this.#stopListening?.()
    try {
      this.#resolve?.(answer())
    } catch (error) {
      this.#reject?.(error)
    }
  }
}
