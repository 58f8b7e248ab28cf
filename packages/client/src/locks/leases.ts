import type { Clock } from '@livestore-kv/core'
import type { WireLock } from '@livestore-kv/core/protocol'

/** A lock that this session holds until its lease ends, and whoever is told when it is lost. */
export class Lease {
  readonly lock: WireLock
  readonly #leases: Leases
  readonly #lost: () => void
  #timer: unknown
  #endsAt = 0

  constructor(leases: Leases, lock: WireLock, lost: () => void) {
    this.#leases = leases
    this.lock = lock
    this.#lost = lost
  }

  /** It ends at `endsAt`, by this machine's clock. */
  renew(endsAt: number): void {
    this.#endsAt = endsAt
    this.endBy(Infinity)
  }

  /** It ends at `at`, or when it would have ended anyway. */
  endBy(at: number): void {
    const { clock } = this.#leases
    clock.clearTimeout(this.#timer)
    const leftMs = Math.min(at, this.#endsAt) - clock.now()
    if (leftMs <= 0) this.lose()
    else this.#timer = clock.setTimeout(() => this.lose(), leftMs)
  }

  /** It is gone; tells so. */
  lose(): void {
    if (this.end()) this.#lost()
  }

  /** It is over and nobody need be told; answers whether it was not over before. */
  end(): boolean {
    this.#leases.clock.clearTimeout(this.#timer)
    return this.#leases.delete(this)
  }
}

/** The locks that this session holds. */
export class Leases {
  readonly clock: Clock
  readonly #held = new Set<Lease>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  get locks(): WireLock[] {
    return [...this.#held].map(({ lock }) => lock)
  }

  add(lock: WireLock, endsAt: number, lost: () => void): Lease {
    const lease = new Lease(this, lock, lost)
    this.#held.add(lease)
    lease.renew(endsAt)
    return lease
  }

  delete(lease: Lease): boolean {
    return this.#held.delete(lease)
  }

  /** The connection is lost: the server keeps the session, and its locks, for `graceMs`. */
  offline(graceMs: number): void {
    for (const lease of this.#held) lease.endBy(this.clock.now() + graceMs)
  }

  /** Of those that are held, only `locks` still are. */
  keep(locks: readonly WireLock[]): void {
    for (const lease of this.#held) {
      const { store, token } = lease.lock
      // Those of another session are not among them: within one, the tokens of a store never repeat.
      if (locks.some((lock) => lock.store === store && lock.token === token)) lease.endBy(Infinity)
      else lease.lose()
    }
  }
}
