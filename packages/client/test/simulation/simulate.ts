import type { LockInfo } from '@livestore-kv/client'
import type { Parts } from './parts.ts'
import { Person } from './person.ts'
import { nextStep } from './steps.ts'
import { GRACE_MS, KEYS, World } from './world.ts'

/** What a simulation met, and what went wrong in it. */
export interface Report {
  readonly counts: ReadonlyMap<string, number>
  readonly faults: readonly string[]
}

/** So long that everybody has come back, and so short that no lease has run out by then, in milliseconds. */
const REUNION_MS = 4_000

/** Runs `steps` random steps of some clients on one server, and looks at what must hold, always and in the end. */
export async function simulate(parts: Parts, seed: number, steps: number): Promise<Report> {
  const world = new World(parts, seed)
  const { network, journal, asked, log } = world
  const people = ['ada', 'bob', 'cy'].map((name) => new Person(world, name))
  for (const key of KEYS) people[0]?.write(key, 'create')
  for (const person of people) for (const key of KEYS) if (network.random.chance(0.7)) person.toggleWatch(key)
  await network.run(100)

  for (let step = 0; step < steps && journal.faults.length === 0; step++) {
    await nextStep(world)(world, people)
    checkHolders(world, people)
    await network.run(network.random.chance(0.7) ? network.random.below(30) : network.random.below(600))
    checkHolders(world, people)
  }
  await reunite(world, people)
  checkMirrors(world, people)
  for (const person of people) person.close()
  await checkLeftovers(world, people)
  asked.check(log)
  await world.close()
  await network.run(GRACE_MS)
  if (network.clock.pending > 0) journal.fault(`${network.clock.pending} timers are left`)
  return journal
}

/** The network is good again, and everybody comes back. */
async function reunite(world: World, people: readonly Person[]): Promise<void> {
  const { network, asked } = world
  network.connecting = 'accepted'
  network.latencyMs = 5
  // Nobody finds out later that there was a cut.
  for (const link of network.links) link.cut('both')
  await network.run(REUNION_MS)
  checkLocks(world, people)
  // What waits for the server's rate, or for a lock, gets its turn.
  for (let second = 0; second < 60 && asked.open > 0; second++) await network.run(1_000)
  // Whoever was told that an entry is gone looks again when it comes back.
  for (const link of network.links) link.cut('both')
  await network.run(REUNION_MS)
}

/** Whoever holds a lock knows it. */
function checkLocks({ store, journal }: World, people: readonly Person[]): void {
  for (const { key, lock } of locksOf(store)) {
    const holder = people.find(({ name }) => name === lock.holder)
    const knows = [...(holder?.guards ?? [])].some((guard) => guard.key === key)
    if (holder && !knows) journal.fault(`${lock.holder} holds a lock and does not know it`)
  }
}

function locksOf(store: World['store']): { readonly key: string; readonly lock: LockInfo }[] {
  return KEYS.flatMap((key) => {
    using watch = store.watch(key)
    return watch?.lock ? [{ key, lock: watch.lock }] : []
  })
}

/** No two hold the same incarnation of an entry, as far as they know. */
function checkHolders({ journal }: World, people: readonly Person[]): void {
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

function checkMirrors({ store, journal }: World, people: readonly Person[]): void {
  const told = (fault: string): void => journal.fault(`in the end, ${fault}`)
  for (const { name, mirrors, listing, client } of people) {
    if (client.status.phase !== 'online') told(`${name} is ${client.status.phase}`)
    for (const [key, { mirror }] of mirrors) {
      const entry = store.fetch(key)
      const { status, predicted } = mirror.state
      if (status !== (entry ? 'live' : 'gone')) told(`${name} takes an entry for ${status}`)
      if (predicted) told(`${name} still predicts`)
      if (!entry) continue
      if (mirror.entry?.epoch !== entry.epoch || mirror.entry.version !== entry.version) {
        told(`${name} is at ${mirror.entry?.version}, and the entry at ${entry.version}`)
      }
      if (mirror.entry?.value.chain !== entry.value.chain) told(`${name} has another value`)
      using watch = store.watch(key)
      if (mirror.lock?.holder !== watch?.lock?.holder) told(`${name} takes ${mirror.lock?.holder} for the holder`)
    }
    if (!listing) continue
    if (listing.status !== 'live') told(`the listing of ${name} is ${listing.status}`)
    const listed = [...listing.entries.values()].map(({ epoch }) => epoch).sort()
    const stored = [...store.entries()].map(({ epoch }) => epoch).sort()
    if (String(listed) !== String(stored)) told(`${name} lists ${listed.length} of ${stored.length}`)
  }
}

/** When everybody has left, nothing is left of them. */
async function checkLeftovers(world: World, people: readonly Person[]): Promise<void> {
  const { network, endpoint, store, journal } = world
  await network.run(100)
  for (const { lock } of locksOf(store)) {
    const isOurs = people.some(({ name }) => name === lock.holder)
    if (isOurs) journal.fault(`${lock.holder} has left and holds a lock`)
  }
  // Those who left earlier, on a connection that was cut, leave for good when their grace ends.
  await network.run(GRACE_MS + 16_000)
  const { connections, sessions, subscriptions, topics } = endpoint.stats()
  if (connections + sessions + subscriptions + topics > 0) {
    journal.fault(`left: ${JSON.stringify({ connections, sessions, subscriptions, topics })}`)
  }
  if (network.links.size > 0) journal.fault(`${network.links.size} connections are left`)
}
