import { flatKey } from '../flat-key.ts'
import { fooStore } from '../foo.ts'
import { fooActor } from '../peers/foo-actor.ts'
import { LockedMap } from '../peers/locked-map.ts'
import { NO_REDIS, RedisServer } from '../peers/redis-server.ts'
import type { Question, Row } from '../question.ts'
import { compared, spread } from '../spread.ts'
import { weighed } from '../weighed.ts'

/** How many entries a peer gets that takes kilobytes for each. */
const FEW = 100_000

export const memoryQuestion: Question = {
  name: 'memory',
  asks: 'How many bytes does one entry of 1 M take, with its key, its value of two numbers and everything else?',
  async ask(effort) {
    const { entries, quick } = effort
    const raw = weighed('raw Map', effort, entries, () => {
      const map = new Map<string, unknown>()
      for (let bar = 0; bar < entries; bar++) map.set(flatKey(), { bar, baz: 1 })
      return map
    })
    const livestore = weighed('Livestore', effort, entries, () => {
      const store = fooStore()
      for (let bar = 0; bar < entries; bar++) store.init({ bar, baz: 1 })
      return store
    })
    const goals = [
      { what: 'memory per entry, 1 M entries', measured: livestore.p50, limit: 290, unit: 'B' },
    ] as const
    const rows = [raw, livestore]
    if (quick) return { rows: compared(rows, raw), goals }

    const few = Math.min(FEW, entries)
    rows.push(
      weighed('async-mutex around a Map', effort, entries, () => {
        const locked = new LockedMap()
        for (let bar = 0; bar < entries; bar++) locked.init(flatKey(), { bar, baz: 1 })
        return locked
      }),
      weighed('XState actor in a Map, 100 k of them', effort, few, () => {
        const actors = new Map<string, unknown>()
        for (let bar = 0; bar < few; bar++) actors.set(flatKey(), fooActor({ bar, baz: 1 }))
        return actors
      }),
    )
    await using redis = await RedisServer.start()
    if (redis) rows.push(await weighedInRedis(redis, entries))
    return { rows: compared(rows, raw), goals, notes: redis ? [] : [NO_REDIS] }
  },
}

async function weighedInRedis(redis: RedisServer, entries: number): Promise<Row> {
  const before = await redis.usedMemory()
  await redis.pipelined(
    Array(entries).keys(),
    (pipeline, bar) => void pipeline.set(flatKey(), JSON.stringify({ bar, baz: 1 })),
  )
  return spread('redis, a JSON string each', 'B', [((await redis.usedMemory()) - before) / entries])
}
