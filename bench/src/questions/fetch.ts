import { do_not_optimize } from 'mitata'
import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { KeyRing } from '../key-ring.ts'
import { fooActor } from '../peers/foo-actor.ts'
import type { FooActor } from '../peers/foo-actor.ts'
import { LockedMap } from '../peers/locked-map.ts'
import { NO_REDIS, PIPELINED, RedisServer } from '../peers/redis-server.ts'
import type { Question } from '../question.ts'

/** How many entries a peer gets that takes kilobytes for each, or a round trip. */
const FEW = 100_000

export const fetchQuestion: Question = {
  name: 'fetch',
  asks: 'What does reading one entry of 1 M cost, in random order?',
  async ask(effort) {
    await using store = fooStore()
    const map = new Map<string, { readonly bar: number; readonly baz: number }>()
    for (let bar = 0; bar < effort.entries; bar++) map.set(store.init({ bar, baz: 1 }), { bar, baz: 1 })
    const keys = new KeyRing(map.keys())

    // Counted, not kept: to keep an object is to touch the header of its page, which is no part of finding it.
    let missing = 0
    const contest = new Contest(effort)
    contest.add('raw Map.get', () => (map.get(keys.next()) === undefined ? missing++ : 0))
    contest.add('Livestore fetch', () => (store.fetch(keys.next()) === undefined ? missing++ : 0))

    await using redis = effort.quick ? undefined : await RedisServer.start()
    if (!effort.quick) {
      const locked = new LockedMap()
      for (const key of map.keys()) locked.init(key, { bar: 1, baz: 1 })
      contest.add('async-mutex around a Map, read without its lock', () =>
        locked.read(keys.next()) === undefined ? missing++ : 0,
      )
      const few = [...keys].slice(0, FEW)
      const fewKeys = new KeyRing(few)
      const actors = new Map<string, FooActor>()
      for (const key of few) actors.set(key, fooActor({ bar: 1, baz: 1 }))
      contest.add('XState getSnapshot, of 100 k actors', () =>
        do_not_optimize(actors.get(fewKeys.next())?.getSnapshot()),
      )
      if (redis) {
        await redis.pipelined(few, (pipeline, key) => void pipeline.set(key, '{"bar":1,"baz":1}'))
        addRedis(contest, redis, fewKeys)
      }
    }

    await contest.run()
    if (missing > 0) throw new Error(`${missing} entries were not found`)
    return {
      rows: contest.rows('raw Map.get'),
      goals: [
        {
          what: 'fetch, 1 M entries, beside a raw `Map.get` of the same keys',
          measured: contest.ratio('Livestore fetch', 'raw Map.get'),
          limit: 1.5,
          unit: '×',
        },
      ],
      notes: redis || effort.quick ? [] : [NO_REDIS],
    }
  },
}

function addRedis(contest: Contest, { client }: RedisServer, keys: KeyRing): void {
  contest.add(
    'redis GET + JSON.parse, of 100 k',
    async () => JSON.parse((await client.get(keys.next())) ?? ''),
    {
      batched: false,
    },
  )
  contest.add(
    'redis GET + JSON.parse, 100 pipelined',
    async () => {
      const pipeline = client.pipeline()
      for (let command = 0; command < PIPELINED; command++) pipeline.get(keys.next())
      for (const [, text] of (await pipeline.exec()) ?? []) do_not_optimize(JSON.parse(String(text)))
    },
    { operations: PIPELINED, batched: false },
  )
}
