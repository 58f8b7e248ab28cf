import type { LiveValueTypes } from '@livestore-kv/core'
import type { EntryActor } from './entry-actor.ts'

/** One call that waits its turn on an entry, linked into its mailbox and among the impatient; it is settled once. */
export class Waiter<T extends LiveValueTypes> {
  readonly actor: EntryActor<T>
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly promise: Promise<unknown>
  /** In the mailbox. */
  previous: Waiter<T> | undefined = undefined
  next: Waiter<T> | undefined = undefined
  waiting = false
  /** Among those who wait equally long. */
  earlier: Waiter<T> | undefined = undefined
  later: Waiter<T> | undefined = undefined
  readonly #perform: () => unknown
  readonly #gone: () => unknown
  #resolve: (answer: unknown) => void = forget
  #reject: (error: unknown) => void = forget
  #stopListening = forget

  /** `perform` is its turn; `gone` answers it if the incarnation it was asked of ends first. */
  constructor(
    actor: EntryActor<T>,
    perform: () => unknown,
    gone: () => unknown,
    { now, timeoutMs }: { readonly now: number; readonly timeoutMs: number },
  ) {
    this.actor = actor
    this.timeoutMs = timeoutMs
    this.deadline = now + timeoutMs
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
    this.#settle(this.#gone)
  }

  /** It was cancelled, waited too long, or the store closed. */
  fail(error: unknown): void {
    this.#stopListening()
    this.#reject(error)
  }

  #settle(answer: () => unknown): void {
    this.#stopListening()
    try {
      this.#resolve(answer())
    } catch (error) {
      this.#reject(error)
    }
  }
}

function forget(): void {}
