import { createStore } from '@livestore-kv/actors'
import type { Store } from '@livestore-kv/actors'
import { MemoryNetwork } from '@livestore-kv/client/testing'
import type { ServingEndpoint } from '@livestore-kv/fastify-plugin/endpoint'
import { vi } from 'vitest'
import { Asked } from './asked.ts'
import { Journal } from './journal.ts'
import { glimpse, isExplosion, ledger, teamOf } from './ledger.ts'
import type { LedgerTypes } from './ledger.ts'
import type { Parts } from './parts.ts'
import { ServerLog } from './server-log.ts'
import { Trace } from './trace.ts'
import { WireLog } from './wire-log.ts'

/** How long a session outlives its connection here, in milliseconds. */
export const GRACE_MS = 20_000
/** The longest lease, in milliseconds: shorter than the grace. */
export const LEASE_MS = 8_000

/** The keys that everybody uses. */
export const KEYS: readonly string[] = [
  '0b6ddf6e-63c7-4b0c-9b37-6a1b7a4f0f51',
  '5b6ddf6e-63c7-4b0c-9b37-6a1b7a4f0f52',
  'ab6ddf6e-63c7-4b0c-9b37-6a1b7a4f0f53',
]

/** A server that may restart, the network around it, and everybody who takes notes. */
export class World {
  readonly parts: Parts
  readonly network: MemoryNetwork
  readonly journal: Journal
  readonly log: ServerLog
  readonly asked: Asked
  readonly #wire: WireLog
  #store: Store<LedgerTypes>
  #endpoint: ServingEndpoint
  #lastId = 0

  constructor(parts: Parts, seed: number) {
    this.parts = parts
    this.network = new MemoryNetwork({ seed })
    this.journal = new Journal(new Trace(() => this.network.clock.now()))
    this.log = new ServerLog(this.journal)
    this.asked = new Asked(this.journal)
    this.#wire = new WireLog(this.journal)
    this.network.onDelivery = (delivery) => {
      this.journal.count('bytes delivered', delivery.message.length)
      this.#wire.read(delivery)
    }
    this.#store = this.#openStore()
    this.#endpoint = this.#open()
  }

  get store(): Store<LedgerTypes> {
    return this.#store
  }

  get endpoint(): ServingEndpoint {
    return this.#endpoint
  }

  /** Names a change or a message, and nothing else in this run. */
  newId(who: string): string {
    return `${who}#${++this.#lastId}`
  }

  /** A change that the server makes by itself. */
  serverChange(key: string): void {
    void this.#store.mutate(key, { type: 'add', id: this.newId('server') }).catch(() => undefined)
  }

  /** Another server takes its place, which knows nothing of it. */
  async restart(how: 'crash' | 'goodbye'): Promise<void> {
    this.journal.count(how)
    if (how === 'crash') for (const link of this.network.links) link.cut('client')
    else this.#endpoint.drain()
    await this.close()
    this.#store = this.#openStore()
    this.#endpoint = this.#open()
  }

  async close(): Promise<void> {
    this.#endpoint.close()
    this.network.serve(undefined)
    this.#countDrops()
    const closed = this.#store.close()
    await this.network.settle()
    await closed
  }

  #openStore(): Store<LedgerTypes> {
    // The one thing random whose length on the wire differs: the first epoch of a store.
    const spy = vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      if (array instanceof Int32Array) array[0] = this.network.random.below(2 ** 32)
      return array
    })
    const store = createStore(ledger, {
      clock: this.network.clock,
      shardCount: 1,
      waitTimeoutMs: 10_000,
      expiry: { timeoutMs: 45_000, sweepMs: 5_000 },
      onError: (error) => this.journal.fault(`the store: ${String(error)}`),
    })
    spy.mockRestore()
    this.log.follow(store)
    return store
  }

  #open(): ServingEndpoint {
    const endpoint = this.parts.createEndpoint({
      stores: [this.#store],
      authenticate: ({ token }) => ({ user: token, userId: token ?? '' }),
      authorize: () => this.#allow(),
      views: { ledger: { glimpse: { group: teamOf, select: glimpse } } },
      historyBytes: 10_000,
      graceMs: GRACE_MS,
      pingMs: 5_000,
      clock: this.network.clock,
      limits: {
        requestsPerSecond: 20,
        requestBurst: 30,
        leaseMs: LEASE_MS,
        waitMs: 6_000,
        outcomes: 16,
        budgetBytes: 4_000,
        stallMs: 6_000,
      },
      onError: (error) => {
        if (!isExplosion(error)) this.journal.fault(`the endpoint: ${String(error)}`)
      },
    })
    this.network.serve(endpoint)
    return endpoint
  }

  /** Applications take their time, sometimes. */
  #allow(): boolean | Promise<boolean> {
    const { random, clock } = this.network
    if (random.chance(0.8)) return true
    return new Promise((resolve) => clock.setTimeout(() => resolve(true), random.below(10)))
  }

  #countDrops(): void {
    for (const [reason, times] of Object.entries(this.#endpoint.stats().dropped)) {
      if (times > 0) this.journal.count(`dropped ${reason}`, times)
    }
    for (const [code, times] of Object.entries(this.#endpoint.stats().closed)) {
      this.journal.count(`closed ${code}`, times)
    }
  }
}
