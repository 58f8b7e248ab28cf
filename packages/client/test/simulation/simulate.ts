import { isDeepStrictEqual } from 'node:util'
import type { Entry, LockInfo } from '@livestore-kv/client'
import type { LedgerTypes } from './ledger.ts'
import type { SeenTypes, Sight } from './observed-mirror.ts'
import type { Parts } from './parts.ts'
import { Person } from './person.ts'
import { Replica } from './replica.ts'
import { nextStep } from './steps.ts'
import type { Crowd } from './steps.ts'
import { GRACE_MS, KEYS, LEASE_MS, World } from './world.ts'

/** What a simulation met, and what went wrong in it. */
export interface Report {
  readonly counts: ReadonlyMap<string, number>
  readonly faults: readonly string[]
  /** What led to the first of them. */
  readonly trace: { readonly lines: readonly string[] }
}

/** So long that everybody has come back, and so short that no lease has run out by then, in milliseconds. */
const REUNION_MS = 5_000
/** After which silence each end takes the other for gone, and comes back, in milliseconds. */
const SILENCE_MS = 20_000

/** Runs `steps` random steps of some clients on one server, and looks at what must hold, always and in the end. */
export async function simulate(parts: Parts, seed: number, steps: number): Promise<Report> {
  const world = new World(parts, seed)
  const { network, journal, asked, log } = world
  const people = ['ada', 'bob', 'cy'].map((name) => new Person(world, name))
  const replica = new Replica(world, 'replica', network.random.pick(KEYS))
  const crowd: Crowd = { people, replica }
  for (const key of KEYS) people[0]?.write(key, 'create')
  for (const person of people) for (const key of KEYS) if (network.random.chance(0.7)) person.toggleWatch(key)
  await network.run(100)

  for (let step = 0; step < steps && journal.faults.length === 0; step++) {
    await nextStep(world, step)(world, crowd)
    checkHolders(world, crowd)
    await network.run(network.random.chance(0.7) ? network.random.below(30) : network.random.below(600))
    checkHolders(world, crowd)
  }
  await reunite(world, crowd)
  // Leases have run out by now, and mirrors have locks to show.
  for (const key of KEYS) if (network.random.chance(0.5)) people[0]?.acquire(key, { timeoutMs: 100 })
  await network.run(100)
  await arrive(world)
  checkMirrors(world, crowd)
  checkSubscriptions(world, crowd)
  // Whoever was told that an entry is gone looks again when it comes back.
  for (const link of network.links) link.cut('both')
  await rest(world)
  checkMirrors(world, crowd, 'anew')
  for (const person of people) person.close()
  replica.close()
  await checkLeftovers(world, crowd)
  asked.check(log)
  await world.close()
  await network.run(GRACE_MS)
  if (network.clock.pending > 0) journal.fault(`${network.clock.pending} timers are left`)
  return journal
}

/** The network is good again, and everybody finds out what is the case. */
async function reunite(world: World, crowd: Crowd): Promise<void> {
  const { network, asked } = world
  const { random } = network
  network.connecting = 'accepted'
  network.latencyMs = 5
  // All at once, by a cut that everybody notices; or one by one, each when it has heard nothing for too long.
  if (random.chance(0.5)) {
    for (const link of network.links) link.cut('both')
    await network.run(REUNION_MS)
    await arrive(world)
    await checkLocks(world, crowd)
  } else {
    for (const link of network.links) link.resume()
    await network.run(GRACE_MS + SILENCE_MS)
  }
  // What waits for the server's rate, or for a lock, gets its turn.
  for (let second = 0; second < 60 && asked.open > 0; second++) await network.run(1_000)
  await rest(world)
}

/** Time for everybody to hear the last of everything; nothing expires meanwhile. */
async function rest({ network, store }: World): Promise<void> {
  for (const { key } of store.entries()) store.touch(key)
  await network.run(REUNION_MS)
  await arrive({ network })
}

/** Until nothing is on its way: a lease that ends at this very moment is news that nobody has read. */
async function arrive({ network }: Pick<World, 'network'>): Promise<void> {
  const isQuiet = (): boolean =>
    [...network.links].every(({ lanes }) => lanes.every(({ length }) => length === 0))
  await network.settle()
  for (let ms = 0; ms < 100 && !isQuiet(); ms++) await network.run(1)
}

/** Whoever holds a lock knows it, or lets go of it before its lease ends: a release waits its turn at the client's pace. */
async function checkLocks(world: World, crowd: Crowd): Promise<void> {
  const { network, store, journal } = world
  for (const { key, lock } of locksOf(store)) {
    // By whatever lease: it may have been renewed meanwhile.
    const isUnknownStill = (): boolean =>
      locksOf(store).some(
        (held) => held.key === key && held.lock.holder === lock.holder && isUnknown(crowd, key, held.lock),
      )
    const endsAt = lock.expiresAt ?? Infinity
    while (isUnknownStill() && network.clock.now() < endsAt) await network.run(10)
    if (isUnknownStill()) journal.fault(`${lock.holder} holds a lock and does not know it`)
  }
}

function isUnknown({ people }: Crowd, key: string, lock: LockInfo): boolean {
  const holder = people.find(({ name }) => name === lock.holder)
  if (!holder || [...holder.guards].some((guard) => guard.key === key)) return false
  // The server has it until the lease ends that was the client's when it gave it up.
  const leaseMs = (lock.expiresAt ?? Infinity) - (holder.lostAt.get(key) ?? -Infinity)
  return leaseMs > LEASE_MS
}

function locksOf(store: World['store']): { readonly key: string; readonly lock: LockInfo }[] {
  return KEYS.flatMap((key) => {
    using watch = store.watch(key)
    return watch?.lock ? [{ key, lock: watch.lock }] : []
  })
}

/** No two hold the same incarnation of an entry, as far as they know. */
function checkHolders({ journal }: World, { people }: Crowd): void {
  const holders = new Map<number, string>()
  for (const { name, guards } of people) {
    for (const { entry, signal } of guards) {
      if (signal.aborted) continue
      const other = holders.get(entry.epoch)
      if (other !== undefined) journal.fault(`${name} and ${other} both hold ${entry.key}`)
      holders.set(entry.epoch, name)
    }
  }
}

function checkMirrors({ store, journal }: World, { people, replica }: Crowd, looked?: 'anew'): void {
  const told = (fault: string): void => journal.fault(`in the end, ${fault}`)
  const followed = store.fetch(replica.key)
  if (replica.known?.epoch !== followed?.epoch || replica.known?.version !== followed?.version) {
    told(`the replica is at ${replica.known?.version}, and the entry at ${followed?.version}`)
  }
  for (const { name, observed, listed, client } of people) {
    if (client.status.phase !== 'online') told(`${name} is ${client.status.phase}`)
    for (const { mirror, sight } of observed) {
      const entry = store.fetch(mirror.key)
      const { status, predicted } = mirror.state
      // It was told that the entry is gone, and not that there is another one.
      if (status === 'gone' && looked !== 'anew' && mirror.entry?.epoch !== entry?.epoch) continue
      if (status !== (entry ? 'live' : 'gone')) told(`${name} takes an entry for ${status}`)
      if (predicted) told(`${name} still predicts`)
      if (!entry) continue
      if (!isUpToDate(mirror.entry, entry, sight))
        told(`${name} is at ${mirror.entry?.version}, and the entry at ${entry.version}`)
      using watch = store.watch(mirror.key)
      if (mirror.lock?.holder !== watch?.lock?.holder)
        told(`${name} takes ${mirror.lock?.holder} for the holder`)
    }
    for (const { listing, sight, changes } of listed) {
      if (listing.status !== 'live') told(`the listing of ${name} is ${listing.status}`)
      // Who asked for no changes is told of none.
      const epochs = [...listing.entries.values()].map(({ epoch }) => epoch).sort(byNumber)
      const stored = [...store.entries()].map(({ epoch }) => epoch).sort(byNumber)
      if (String(epochs) !== String(stored)) told(`${name} lists ${epochs.length} of ${stored.length}`)
      if (!changes) continue
      for (const entry of store.entries()) {
        const { version } = listing.entries.get(entry.key) ?? {}
        if (!isUpToDate(listing.entries.get(entry.key), entry, sight))
          told(`${name} lists version ${version}, and the entry is at ${entry.version}`)
      }
    }
  }
}

/** Whether `seen` is what there is to see of `entry`. */
function isUpToDate(
  seen: Entry<SeenTypes> | undefined,
  { epoch, version, value }: Entry<LedgerTypes>,
  { show, skips }: Sight,
): boolean {
  if (seen?.epoch !== epoch || (skips ? seen.version > version : seen.version !== version)) return false
  return isDeepStrictEqual(seen.value, show(value))
}

function byNumber(one: number, other: number): number {
  return one - other
}

/** The server tells nobody anything that nobody wants to know. */
function checkSubscriptions({ endpoint, journal }: World, { people, replica }: Crowd): void {
  const live = people.flatMap(({ observed, listed }) => [
    ...observed.map(({ mirror }) => mirror.status),
    // Those that are alike share one.
    listed[0]?.listing.status,
  ])
  const wanted = live.filter((status) => status === 'live').length + (replica.known ? 1 : 0)
  const { subscriptions, restingSessions } = endpoint.stats()
  // Those whose people have left are still subscribed, for their grace.
  if (restingSessions > 0) return
  if (subscriptions !== wanted) journal.fault(`${subscriptions} subscriptions, and ${wanted} are wanted`)
}

/** When everybody has left, nothing is left of them. */
async function checkLeftovers(world: World, { people }: Crowd): Promise<void> {
  const { network, endpoint, store, journal } = world
  await network.run(100)
  for (const { lock } of locksOf(store)) {
    const isOurs = people.some(({ name }) => name === lock.holder)
    if (isOurs) journal.fault(`${lock.holder} has left and holds a lock`)
  }
  // Those who left earlier, on a connection that was cut, leave for good when their grace ends.
  await network.run(GRACE_MS + SILENCE_MS)
  const { connections, sessions, subscriptions, topics } = endpoint.stats()
  if (connections + sessions + subscriptions + topics > 0) {
    journal.fault(`left: ${JSON.stringify({ connections, sessions, subscriptions, topics })}`)
  }
  if (network.links.size > 0) journal.fault(`${network.links.size} connections are left`)
}
