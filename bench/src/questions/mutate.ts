import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { fooActor } from '../peers/foo-actor.ts'
import { LockedMap } from '../peers/locked-map.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import { NO_REDIS, PIPELINED, RedisServer } from '../peers/redis-server.ts'
import type { Question } from '../question.ts'

export const mutateQuestion: Question = {
  name: 'mutate',
  asks: 'What does an awaited mutation of a hot entry cost that nobody watches?',
  async ask(effort) {
    await using store = fooStore()
    const key = store.init({ bar: 0, baz: 1 })
    let bar = 1_000

    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    contest.add('Livestore mutate', () => store.mutate(key, { type: 'setBar', bar: ++bar }))

    await using redis = effort.quick ? undefined : await RedisServer.start()
    if (!effort.quick) {
      const map = new Map([[key, { bar: 0, baz: 1 }]])
      contest.add('raw Map.set, no promise', () => map.set(key, { bar: ++bar, baz: map.get(key)?.baz ?? 0 }))
      const locked = new LockedMap()
      locked.init(key, { bar: 0, baz: 1 })
      contest.add('async-mutex around a Map', () => locked.setBar(key, ++bar))
      const actor = fooActor({ bar: 0, baz: 1 })
      contest.add('XState actor.send, no promise', () => actor.send({ type: 'setBar', bar: ++bar }))
      if (redis) addRedis(contest, redis, key)
    }

    await contest.run()
    return {
      rows: contest.rows(NO_OP),
      goals: [
        {
          what: 'awaited mutate, hot, no watcher',
          measured: contest.ratio('Livestore mutate', NO_OP),
          limit: 3.3,
          unit: '×',
        },
      ],
      notes: redis || effort.quick ? [] : [NO_REDIS],
    }
  },
}

function addRedis(contest: Contest, { client }: RedisServer, key: string): void {
  let bar = 0
  contest.add('redis HSET', () => client.hset(key, 'bar', ++bar), { batched: false })
  contest.add(
    'redis HSET, 100 pipelined',
    () => {
      const pipeline = client.pipeline()
      for (let command = 0; command < PIPELINED; command++) pipeline.hset(key, 'bar', ++bar)
      return pipeline.exec()
    },
    { operations: PIPELINED, batched: false },
  )
}
