import type { AnyLiveStore, EntryGuard } from '@livestore-kv/core'
import { RequestError } from './request-error.ts'

// The guards of a session are of different kinds of value.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyGuard = EntryGuard<any>

/** The locks that one session holds: nobody else can use their tokens, and they end with it. */
export class Guards {
  readonly #guards = new Map<string, AnyGuard>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  add(store: AnyLiveStore, guard: AnyGuard): void {
    if (guard.signal.aborted) return
    const name = nameOf(store, guard.key, guard.token)
    this.#guards.set(name, guard)
    guard.signal.addEventListener('abort', () => this.#guards.delete(name), { once: true })
  }

  /** @throws RequestError `GUARD_RELEASED` if this session does not hold the entry by that token. */
  get(store: AnyLiveStore, key: string, token: number): AnyGuard {
    const guard = this.#guards.get(nameOf(store, key, token))
    if (guard) return guard
    throw new RequestError(
      'GUARD_RELEASED',
      `this session holds no entry ${key.slice(0, 64)} by the token ${token}`,
    )
  }

  /** The same as {@link get}, and the session holds it no more. */
  take(store: AnyLiveStore, key: string, token: number): AnyGuard {
    const guard = this.get(store, key, token)
    this.#guards.delete(nameOf(store, key, token))
    return guard
  }

  /** Releases every lock. */
  close(): void {
    const guards = [...this.#guards.values()]
    this.#guards.clear()
    for (const guard of guards) this.release(guard)
  }

  /** Releases `guard`, of which nobody waits to hear. */
  release(guard: AnyGuard): void {
    const answer = guard.release()
    if (answer instanceof Promise) answer.catch((error: unknown) => this.#onError(error))
  }
}

function nameOf(store: AnyLiveStore, key: string, token: number): string {
  return `${store.definition.name}\n${key.toLowerCase()}\n${token}`
}
