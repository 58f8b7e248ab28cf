import { randomUUID } from 'node:crypto'
import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { LockedMap } from '../peers/locked-map.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import { acquireInRedis, releaseInRedis } from '../peers/redis-lock.ts'
import { NO_REDIS, RedisServer } from '../peers/redis-server.ts'
import type { Question } from '../question.ts'

/** Turns in one call, whose own promise then weighs nothing. */
const TURNS = 1_024

export const acquireQuestion: Question = {
  name: 'acquire',
  asks: 'What does holding a hot entry cost when nobody else wants it?',
  async ask(effort) {
    await using store = fooStore()
    const key = store.init({ bar: 0, baz: 1 })
    const manyTurns = { operations: TURNS, batched: false }

    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    contest.add('Livestore tryAcquire + release', () => store.tryAcquire(key)?.release())
    contest.add(
      'Livestore awaited acquire + release',
      async () => {
        for (let turn = 0; turn < TURNS; turn++) (await store.acquire(key))?.release()
      },
      manyTurns,
    )

    await using redis = effort.quick ? undefined : await RedisServer.start()
    if (!effort.quick) {
      const locked = new LockedMap()
      locked.init(key, { bar: 0, baz: 1 })
      contest.add(
        'async-mutex around a Map, acquire + release',
        async () => {
          for (let turn = 0; turn < TURNS; turn++) (await locked.mutex(key).acquire())()
        },
        manyTurns,
      )
    }
    if (redis) {
      contest.add(
        'redis SET NX PX + compare and DEL',
        async () => {
          const token = randomUUID()
          await acquireInRedis(redis, key, token)
          await releaseInRedis(redis, key, token)
        },
        { batched: false },
      )
    }

    await contest.run()
    return {
      rows: contest.rows(NO_OP),
      goals: [
        {
          what: '`tryAcquire` + release, hot',
          measured: contest.ratio('Livestore tryAcquire + release', NO_OP),
          limit: 1.3,
          unit: '×',
        },
        {
          what: 'awaited acquire + release, hot',
          measured: contest.ratio('Livestore awaited acquire + release', NO_OP),
          limit: 2.5,
          unit: '×',
        },
      ],
      notes: redis || effort.quick ? [] : [NO_REDIS],
    }
  },
}
