import { flatKey } from '../flat-key.ts'
import { fooStore } from '../foo.ts'
import { fooActor } from '../peers/foo-actor.ts'
import { LockedMap } from '../peers/locked-map.ts'
import { NO_REDIS, RedisServer } from '../peers/redis-server.ts'
import type { Effort, Question, Row } from '../question.ts'
import { compared, spread } from '../spread.ts'

/** How many entries a peer gets that takes kilobytes for each. */
const FEW = 100_000
/** How many round trips to redis are enough. */
const TRIPS = 10_000

export const initQuestion: Question = {
  name: 'init',
  asks: 'What does it cost to store one more entry under a new key, from the first of 1 M to the last?',
  async ask(effort) {
    const { entries, quick } = effort
    const raw = await filled('raw Map.set under a new key', effort, entries, () => {
      const map = new Map<string, unknown>()
      return (bar) => void map.set(flatKey(), { bar, baz: 1 })
    })
    const livestore = await filled('Livestore init', effort, entries, () => {
      // Not closed: with the timer of its sweep unref'd, it goes as everything else does.
      const store = fooStore()
      return (bar) => void store.init({ bar, baz: 1 })
    })
    const rows = [raw, livestore]
    if (quick) return { rows: compared(rows, raw), goals: [] }

    rows.push(
      await filled('async-mutex around a Map', effort, entries, () => {
        const locked = new LockedMap()
        return (bar) => locked.init(flatKey(), { bar, baz: 1 })
      }),
      await filled('XState actor in a Map, 100 k of them', effort, Math.min(FEW, entries), () => {
        const actors = new Map<string, unknown>()
        return (bar) => void actors.set(flatKey(), fooActor({ bar, baz: 1 }))
      }),
    )
    await using redis = await RedisServer.start()
    if (redis) {
      const { client } = redis
      rows.push(
        await timed('redis SET', effort, TRIPS, async () => {
          for (let at = 0; at < TRIPS; at++) await client.set(flatKey(), '{"bar":1,"baz":1}')
        }),
        await timed('redis SET, 100 pipelined', effort, FEW, () =>
          redis.pipelined(newKeys(FEW), (pipeline, key) => void pipeline.set(key, '{"bar":1,"baz":1}')),
        ),
      )
    }
    return { rows: compared(rows, raw), goals: [], notes: redis ? [] : [NO_REDIS] }
  },
}

function filled(
  subject: string,
  effort: Effort,
  entries: number,
  begin: () => (bar: number) => void,
): Promise<Row> {
  return timed(subject, effort, entries, async () => {
    const store = begin()
    for (let bar = 0; bar < entries; bar++) store(bar)
  })
}

async function timed(
  subject: string,
  { quick }: Effort,
  count: number,
  run: () => Promise<void>,
): Promise<Row> {
  const nanoseconds: number[] = []
  for (let repeat = 0; repeat < (quick ? 3 : 5); repeat++) {
    globalThis.gc?.()
    const start = performance.now()
    await run()
    nanoseconds.push(((performance.now() - start) * 1e6) / count)
  }
  return spread(subject, 'ns', nanoseconds)
}

function* newKeys(count: number): Generator<string> {
  for (let at = 0; at < count; at++) yield flatKey()
}
