import type { Client, ClientStore, Guard, Listing, Mirror, ViewTypes } from '@livestore-kv/client'
import { beginning, glimpse, isExplosion, ledger, teamOf } from './ledger.ts'
import type { LedgerTypes } from './ledger.ts'
import { ObservedMirror } from './observed-mirror.ts'
import type { SeenTypes, Sight } from './observed-mirror.ts'
import type { World } from './world.ts'

type GlimpseTypes = ViewTypes<LedgerTypes, 'glimpse'>

/** A listing, and how it shows what it lists. */
interface ObservedListing {
  readonly listing: Listing<LedgerTypes> | Listing<GlimpseTypes>
  readonly sight: Sight
  readonly how: 'whole' | 'glimpse'
  /** Whether it is told of changes. */
  readonly changes: boolean
}

const WHOLE: Sight = { show: (value) => value, skips: false }

/** One client: what it asks for, watches and holds. */
export class Person {
  readonly name: string
  readonly client: Client<typeof ledger>
  readonly ledgers: ClientStore<LedgerTypes>
  readonly mirrors = new Map<string, ObservedMirror<LedgerTypes>>()
  readonly glimpses = new Map<string, ObservedMirror<GlimpseTypes>>()
  /** Its listings: several are alike, and share a subscription. */
  readonly listed: ObservedListing[] = []
  /** What it has been granted and not let go of. */
  readonly guards = new Set<Guard<LedgerTypes>>()
  /** When it lost the lock of a key: to be sure, it takes it for lost before the server does. */
  readonly lostAt = new Map<string, number>()
  readonly #world: World
  readonly #glimpse: Sight

  constructor(world: World, name: string) {
    const { clock, random, WebSocket } = world.network
    // No two machines agree on the time.
    const aheadMs = random.below(2_000) - 1_000
    this.name = name
    this.#world = world
    this.#glimpse = { show: (value) => glimpse(value, teamOf(name)), skips: true }
    this.client = world.parts.createClient({
      url: 'ws://memory/live',
      definitions: [ledger],
      name,
      token: name,
      WebSocket,
      clock: {
        now: () => clock.now() + aheadMs,
        setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
        clearTimeout: (timer) => clock.clearTimeout(timer),
      },
      random: random.next,
      connectTimeoutMs: 3_000,
      backoff: { firstMs: 200, maxMs: 2_000 },
      queue: { capacity: 64, timeoutMs: 8_000 },
      onError: (error) => {
        if (!isExplosion(error)) world.journal.fault(`${name}: ${String(error)}`)
      },
    })
    this.ledgers = this.client.store(ledger)
  }

  /** Everything that it watches. */
  get observed(): readonly (ObservedMirror<LedgerTypes> | ObservedMirror<GlimpseTypes>)[] {
    return [...this.mirrors.values(), ...this.glimpses.values()]
  }

  mutate(
    key: string,
    type: 'add' | 'tryAdd' | 'explode',
    options: { optimistic: boolean; signal?: AbortSignal },
  ): void {
    const id = this.#world.newId(this.name)
    void this.#world.asked.mutation(id, this.ledgers.mutate(key, { type, id }, options))
  }

  /** One of the ways in which an entry begins or is overwritten. */
  write(key: string, how: 'init' | 'create' | 'insert' | 'assign', ifVersion?: number): void {
    const { asked } = this.#world
    const id = this.#world.newId(this.name)
    const value = beginning(id)
    const options = ifVersion === undefined ? {} : { ifVersion }
    if (how === 'init') void asked.change(id, this.ledgers.init(value), () => true)
    if (how === 'create') void asked.change(id, this.ledgers.create(key, value), (existing) => !existing)
    if (how === 'insert') void asked.change(id, this.ledgers.insert(key, value, options), () => true)
    if (how === 'assign')
      void asked.change(id, this.ledgers.assign(key, value, options), (old) => old !== undefined)
  }

  remove(key: string): void {
    void this.#world.asked.removal(this.#world.newId(`${this.name} removes`), this.ledgers.remove(key))
  }

  fetch(key: string): void {
    void this.#world.asked.any(this.#world.newId(`${this.name} fetches`), this.ledgers.fetch(key))
  }

  refresh(): void {
    void this.#world.asked.any(this.#world.newId(`${this.name} refreshes`), this.client.refresh())
  }

  broadcast(key: string): void {
    const id = this.#world.newId(this.name)
    void this.#world.asked.change(id, this.ledgers.broadcast(key, { type: 'note', id }), (exists) => exists)
  }

  toggleWatch(key: string): void {
    this.#toggle(this.mirrors, key, WHOLE, () => this.ledgers.watch(key))
  }

  toggleGlimpse(key: string): void {
    this.#toggle(this.glimpses, key, this.#glimpse, () => this.ledgers.watch(key, { view: 'glimpse' }))
  }

  list({ changes, how }: Pick<ObservedListing, 'changes' | 'how'>): void {
    const { ledgers, listed } = this
    if (listed.length > 0) this.#world.journal.count('the same listing again')
    if (how === 'whole') listed.push({ listing: ledgers.watchStore({ changes }), sight: WHOLE, changes, how })
    else {
      const listing = ledgers.watchStore({ changes, view: 'glimpse' })
      listed.push({ listing, sight: this.#glimpse, changes, how })
    }
  }

  /** Closes the listing that was opened first. */
  closeListing(): void {
    this.listed.shift()?.listing.close()
  }

  acquire(key: string, options: { timeoutMs?: number; leaseMs?: number; signal?: AbortSignal }): void {
    const acquire = async (): Promise<void> => {
      const guard = await this.ledgers.acquire(key, options)
      if (!guard || guard.signal.aborted) return
      this.lostAt.delete(key)
      this.guards.add(guard)
      guard.signal.addEventListener('abort', () => {
        this.lostAt.set(key, this.#world.network.clock.now())
        if (this.guards.delete(guard)) this.#world.journal.count('lease lost')
      })
    }
    void this.#world.asked.any(this.#world.newId(`${this.name} acquires`), acquire())
  }

  withLock(key: string): void {
    const { asked } = this.#world
    const id = this.#world.newId(this.name)
    const locked = this.ledgers.withLock(key, async (guard) => {
      this.guards.add(guard)
      try {
        await asked.mutation(id, guard.mutate({ type: 'add', id }))
      } finally {
        this.guards.delete(guard)
      }
    })
    void asked.any(`${id} with a lock`, locked)
  }

  /** Does something with one of the locks that it holds. */
  useGuard(guard: Guard<LedgerTypes>, how: 'mutate' | 'renew' | 'release' | 'remove'): void {
    const { asked } = this.#world
    const id = this.#world.newId(this.name)
    if (how === 'mutate') return void asked.mutation(id, guard.mutate({ type: 'add', id }))
    if (how === 'renew') return void asked.any(id, guard.renew())
    if (how === 'release') {
      this.guards.delete(guard)
      return void asked.any(id, guard.release())
    }
    const removing = guard.remove()
    void asked.removal(id, removing)
    void asked.any(
      `${id} with its lock`,
      removing.then(() => this.guards.delete(guard)),
    )
  }

  close(): void {
    for (const { mirror } of this.observed) mirror.close()
    while (this.listed.length > 0) this.closeListing()
    this.mirrors.clear()
    this.glimpses.clear()
    this.client.close()
    this.guards.clear()
  }

  #toggle<T extends SeenTypes>(
    observed: Map<string, ObservedMirror<T>>,
    key: string,
    sight: Sight,
    watch: () => Mirror<T>,
  ): void {
    const open = observed.get(key)
    observed.delete(key)
    if (open) return open.mirror.close()
    const { journal, log } = this.#world
    observed.set(key, new ObservedMirror(watch(), sight, journal, log))
  }
}
