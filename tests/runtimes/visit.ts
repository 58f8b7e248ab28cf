import { createClient } from '@livestore-kv/client'
import type { ClientOptions, Mirror } from '@livestore-kv/client'
import { tally } from './tally.ts'
import type { TallyTypes } from './tally.ts'

/** What came of a visit: the same in every runtime. */
export interface Visit {
  /** Each version that the mirror was told of, in order, over the cut. */
  readonly versions: readonly number[]
  /** Whether a value was shown as predicted before the server had it. */
  readonly wasPredicted: boolean
  readonly refusal: unknown
  /** Whether the lock kept another client of the same runtime waiting until it was released. */
  readonly wasExclusive: boolean
  /** What the connection went through. */
  readonly phases: readonly string[]
  readonly value: number | undefined
}

/** Does at the server behind `origin` what clients do: follows, changes, predicts, locks, is cut off and comes back. */
export async function visit(origin: string, WebSocket?: ClientOptions['WebSocket']): Promise<Visit> {
  const options = { url: `${origin}/live`, definitions: [tally], backoff: { firstMs: 1 } }
  const connect = () => createClient(WebSocket ? { ...options, WebSocket } : options)
  using client = connect()
  using other = connect()
  const phases: string[] = []
  client.onStatus(({ phase }) => phases.push(phase))

  const tallies = client.store(tally)
  const key = await tallies.init(1)
  const mirror = tallies.watch(key)
  const versions: number[] = []
  let wasPredicted = false
  mirror.onUpdate((update) => {
    if ('entry' in update && update.entry) versions.push(update.entry.version)
  })
  mirror.onChange(({ predicted }) => (wasPredicted ||= predicted))
  await reaches(mirror, 1)

  await tallies.mutate(key, { type: 'add', amount: 1 }, { optimistic: true })
  const refused = await tallies.mutate(key, { type: 'add', amount: -9 })

  const order: string[] = []
  const waiting = await tallies.withLock(key, async (guard) => {
    const late = other
      .store(tally)
      .mutate(key, { type: 'add', amount: 1 })
      .then(() => order.push('other'))
    // When this is answered, what the other client asked before it has reached the server.
    await other.store(tally).fetch(key)
    await guard.mutate({ type: 'add', amount: 1 })
    order.push('holder')
    return { late }
  })
  await waiting.late
  await reaches(mirror, 4)

  // The server ends every connection, and adds one meanwhile.
  await fetch(`${origin}/cut/${key}`, { method: 'POST' })
  await reaches(mirror, 5)
  await tallies.mutate(key, { type: 'add', amount: 1 })
  await reaches(mirror, 6)
  return {
    versions,
    wasPredicted,
    refusal: refused?.ok === false && refused.error,
    wasExclusive: order.join() === 'holder,other',
    phases,
    value: mirror.entry?.value,
  }
}

async function reaches(mirror: Mirror<TallyTypes>, version: number): Promise<void> {
  for await (const { entry, predicted, status } of mirror) {
    if (status === 'live' && !predicted && entry?.version === version) return
  }
  throw new Error(`ended before version ${version}`)
}
