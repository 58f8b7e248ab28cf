import type { CutNotice } from '@livestore-kv/client/testing'
import { Person } from './person.ts'
import type { Replica } from './replica.ts'
import { GRACE_MS, KEYS, LEASE_MS } from './world.ts'
import type { World } from './world.ts'

/** Everybody who takes part. */
export interface Crowd {
  readonly people: Person[]
  readonly replica: Replica
}

/** One thing that may happen next. */
type Step = (world: World, crowd: Crowd) => void | Promise<void>

const NOTICES: readonly CutNotice[] = ['both', 'client', 'server', 'nobody']

function someone({ network }: World, { people }: Crowd): Person {
  return network.random.pick(people)
}

function someKey({ network }: World): string {
  return network.random.pick(KEYS)
}

/** A signal that aborts in a while, sometimes. */
function hesitation({ network: { random, clock } }: World): { readonly signal?: AbortSignal } {
  if (random.chance(0.9)) return {}
  const abort = new AbortController()
  clock.setTimeout(() => abort.abort(new Error('given up')), random.below(300))
  return { signal: abort.signal }
}

const mutate: Step = (world, crowd) => {
  const { random } = world.network
  const type = random.pick(['add', 'add', 'add', 'tryAdd', 'tryAdd', 'explode'] as const)
  someone(world, crowd).mutate(someKey(world), type, { optimistic: random.chance(0.5), ...hesitation(world) })
}

const write: Step = (world, crowd) => {
  const { random } = world.network
  const ifVersion = random.chance(0.3) ? random.below(4) : undefined
  const how = random.pick(['init', 'create', 'create', 'create', 'insert', 'insert', 'assign'] as const)
  someone(world, crowd).write(someKey(world), how, ifVersion)
}

const useGuard: Step = (world, crowd) => {
  const { random } = world.network
  const person = someone(world, crowd)
  const [guard] = person.guards
  if (guard) person.useGuard(guard, random.pick(['mutate', 'mutate', 'renew', 'release', 'remove']))
}

const acquire: Step = (world, crowd) => {
  const { random } = world.network
  const options = {
    ...(random.chance(0.5) && { timeoutMs: 1 + random.below(4_000) }),
    ...(random.chance(0.5) && { leaseMs: 200 + random.below(2 * LEASE_MS) }),
    ...hesitation(world),
  }
  someone(world, crowd).acquire(someKey(world), options)
}

const list: Step = (world, crowd) => {
  const { random } = world.network
  const person = someone(world, crowd)
  const [open] = person.listed
  if (!open) person.list({ changes: random.chance(0.7), how: random.pick(['whole', 'whole', 'glimpse']) })
  // The same again, sometimes.
  else if (random.chance(0.4)) person.list(open)
  else person.closeListing()
}

const cut: Step = ({ network, journal }) => {
  const open = [...network.links].filter(({ isOpen }) => isOpen)
  if (open.length === 0) return
  const notice = network.random.pick(NOTICES)
  network.random.pick(open).cut(notice)
  journal.count(`cut, noticed by ${notice}`)
}

const stopReading: Step = ({ network, journal }) => {
  const open = [...network.links].filter(({ isOpen }) => isOpen)
  if (open.length === 0) return
  network.random.pick(open).pause()
  journal.count('slow reader')
}

const readOn: Step = ({ network }) => {
  for (const link of network.links) link.resume()
}

const changeWeather: Step = ({ network, journal }) => {
  network.connecting = network.random.pick(['accepted', 'accepted', 'refused', 'stalled'])
  network.latencyMs = network.random.pick([0, 5, 20, 20, 300])
  if (network.connecting !== 'accepted') journal.count(network.connecting)
}

const serverBurst: Step = async (world) => {
  const key = someKey(world)
  for (let change = 0; change < 80; change++) world.serverChange(key)
}

const clientBurst: Step = (world, crowd) => {
  const person = someone(world, crowd)
  const key = someKey(world)
  for (let change = 0; change < 40; change++) person.mutate(key, 'add', { optimistic: change % 8 === 0 })
}

/** Time passes; slow connections are read again before their server gives them up, or not. */
const wait: Step = async ({ network, journal }) => {
  const ms = network.random.pick([1_000, 2_000, 7_000, LEASE_MS + 1_000, GRACE_MS + 16_000])
  if (ms > GRACE_MS) journal.count('past the grace')
  await network.run(ms)
}

const restart: Step = async (world) => {
  await world.restart(world.network.random.pick(['crash', 'goodbye']))
}

const replace: Step = (world, { people }) => {
  const at = world.network.random.below(people.length)
  people[at]?.close()
  people[at] = new Person(world, world.newId('person'))
}

/** Steps, and how often each is taken. */
const STEPS: readonly (readonly [number, Step])[] = [
  [60, mutate],
  [16, write],
  [7, (world, crowd) => someone(world, crowd).remove(someKey(world))],
  [10, (world, crowd) => someone(world, crowd).broadcast(someKey(world))],
  [4, (world, crowd) => someone(world, crowd).fetch(someKey(world))],
  [2, (world, crowd) => someone(world, crowd).refresh()],
  [14, (world, crowd) => someone(world, crowd).toggleWatch(someKey(world))],
  [8, (world, crowd) => someone(world, crowd).toggleGlimpse(someKey(world))],
  [9, list],
  [12, acquire],
  [4, (world, crowd) => someone(world, crowd).withLock(someKey(world))],
  [14, useGuard],
  [12, cut],
  [5, stopReading],
  [5, readOn],
  [1, (_, { replica }) => replica.forget()],
  [4, changeWeather],
  [3, serverBurst],
  [2, clientBurst],
  [4, wait],
  [1, restart],
  [2, replace],
]
const WEIGHT = STEPS.reduce((sum, [weight]) => sum + weight, 0)

/** Whatever may happen next. */
export function nextStep({ network: { random }, journal: { trace } }: World, number: number): Step {
  let at = random.below(WEIGHT)
  for (const [weight, step] of STEPS) {
    at -= weight
    if (at >= 0) continue
    trace.add('step', `${number} ${step.name}`)
    return step
  }
  return mutate
}
