import { Listeners } from '../listeners.ts'
import type { ClientError } from '../client-error.ts'
import type { Session } from '../session/session.ts'

/** What every state says. */
interface ViewState {
  readonly status: unknown
  readonly error: ClientError | undefined
}

/** A state that changes, and whoever wants to hear of it: what mirrors, listings and places have in common. */
export abstract class LiveView<S extends ViewState> implements AsyncIterable<S>, Disposable {
  readonly #session: Session
  readonly #listeners: Listeners<[S]>
  readonly #signal: AbortSignal | undefined
  #closed = false

  /** @internal */
  constructor(session: Session, signal?: AbortSignal) {
    this.#session = session
    this.#signal = signal
    signal?.addEventListener('abort', this.close)
    this.#listeners = new Listeners(session.options.onError)
    session.closing.add(this)
  }

  /** What is known now; the same object until something changes. */
  abstract get state(): S

  get status(): S['status'] {
    return this.state.status
  }

  /** Why it is not followed, or was refused; unless it has `failed`, it is asked for again. */
  get error(): ClientError | undefined {
    return this.state.error
  }

  /** As `useSyncExternalStore` wants it, and bound, so that it can be handed over. */
  readonly getSnapshot = (): S => this.state

  /** As `useSyncExternalStore` wants it, and bound, so that it can be handed over. */
  readonly subscribe = (listener: () => void): (() => void) => this.onChange(() => listener())

  /** Tells `listener` of each new state; answers a function that ends it. What changes in one go is told once. */
  onChange(listener: (state: S) => unknown): () => void {
    return this.#listeners.add(listener)
  }

  /**
   * Each state from now on. Whoever reads slowly gets the newest, and not those in between; ends when it is closed.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<S, void, undefined> {
    let seen: S | undefined
    while (!this.#closed) {
      if (this.state !== seen) {
        seen = this.state
        yield seen
      } else {
        await new Promise<void>((resolve) => {
          const stop = this.subscribe(() => {
            stop()
            resolve()
          })
        })
      }
    }
  }

  /** Ends it; safe to call again. Bound, so that it can be handed over. */
  readonly close = (): void => {
    if (this.#closed) return
    this.#closed = true
    // The signal may outlive it.
    this.#signal?.removeEventListener('abort', this.close)
    this.#session.closing.delete(this)
    this.end()
    this.#listeners.tell(this.state)
  };

  [Symbol.dispose](): void {
    this.close()
  }

  /** Ends what keeps the state up to date. */
  protected abstract end(): void

  protected tell(): void {
    if (!this.#closed) this.#listeners.tell(this.state)
  }
}
