import type { Awaitable, Clock } from '@livestore-kv/core'
import { Countdown } from './countdown.ts'

/** A function of the application's did not answer in time. */
export class HookTimeoutError extends Error {
  override readonly name = 'HookTimeoutError'
  /** It is the server's own failure: credentials that nobody looked at are not refused. */
  readonly statusCode = 503
}

/** Waits for what the application's functions answer, and for no longer than so many milliseconds each. */
export class HookBound {
  readonly #clock: Clock
  readonly #ms: number

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /**
   * What `hook` answered. What it answers too late nobody hears.
   *
   * @throws HookTimeoutError, which names the hook.
   */
  within<T>(hook: string, answer: Awaitable<T>): Awaitable<T> {
    // To whoever answers at once, it costs no timer.
    return isThenable(answer) ? this.#race(hook, answer) : answer
  }

  #race<T>(hook: string, answer: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const patience = new Countdown(this.#clock, () => {
        reject(new HookTimeoutError(`${hook} did not answer within ${this.#ms} ms`))
      })
      patience.start(this.#ms)
      // What is no promise may throw as it is asked, or answer twice.
      Promise.resolve(answer).then(
        (value) => {
          patience.stop()
          resolve(value)
        },
        (error: unknown) => {
          patience.stop()
          // As the application threw it.
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors
          reject(error)
        },
      )
    })
  }
}

// Query builders, for example, are awaited like promises and are none.
function isThenable(answer: unknown): answer is PromiseLike<never> {
  return (
    typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function'
  )
}
