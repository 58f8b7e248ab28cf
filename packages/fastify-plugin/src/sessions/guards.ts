import type { AnyLiveStore, EntryGuard } from '@livestore-kv/core'
import type { WireLock } from '@livestore-kv/core/protocol'
import { RequestError } from '../request-error.ts'

// The guards of a session are of different kinds of value.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyGuard = EntryGuard<any>

/** The locks that one session holds: nobody else can use their tokens, and they end with it. */
export class Guards {
  readonly #guards = new Map<string, { readonly guard: AnyGuard; readonly lock: WireLock }>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Answers what can be dropped again. */
  add(store: AnyLiveStore, guard: AnyGuard): WireLock {
    const { key, token } = guard
    const lock = { store: store.definition.name, key, token }
    if (guard.signal.aborted) return lock
    const name = nameOf(lock.store, key, token)
    this.#guards.set(name, { guard, lock })
    guard.signal.addEventListener('abort', () => this.#guards.delete(name), { once: true })
    return lock
  }

  /** @throws RequestError `GUARD_RELEASED` if this session does not hold the entry by that token. */
  get(store: AnyLiveStore, key: string, token: number): AnyGuard {
    const held = this.#guards.get(nameOf(store.definition.name, key, token))
    if (held) return held.guard
    throw new RequestError(
      'GUARD_RELEASED',
      `this session holds no entry ${key.slice(0, 64)} by the token ${token}`,
    )
  }

  /** The same as {@link get}, and the session holds it no more. */
  take(store: AnyLiveStore, key: string, token: number): AnyGuard {
    const guard = this.get(store, key, token)
    this.#guards.delete(nameOf(store.definition.name, key, token))
    return guard
  }

  /** Releases all but `locks`; answers those that are still held. */
  keep(locks: readonly WireLock[]): readonly WireLock[] {
    const known = new Set(locks.map(({ store, key, token }) => nameOf(store, key, token)))
    const kept: WireLock[] = []
    for (const [name, { guard, lock }] of this.#guards) {
      if (known.has(name)) kept.push(lock)
      else {
        this.#guards.delete(name)
        this.release(guard)
      }
    }
    return kept
  }

  get locks(): readonly WireLock[] {
    return [...this.#guards.values()].map(({ lock }) => lock)
  }

  /** Releases `lock`, if it is still held. */
  drop(lock: WireLock): void {
    this.keep(this.locks.filter((other) => other !== lock))
  }

  /** Releases every lock. */
  close(): void {
    this.keep([])
  }

  /** Releases `guard`, of which nobody waits to hear. */
  release(guard: AnyGuard): void {
    const answer = guard.release()
    if (answer instanceof Promise) answer.catch((error: unknown) => this.#onError(error))
  }
}

function nameOf(store: string, key: string, token: number): string {
  return `${store}\n${key.toLowerCase()}\n${token}`
}
