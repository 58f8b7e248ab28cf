import { randomUUID } from 'node:crypto'
import type { Store } from '@livestore-kv/actors'
import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import type { FooTypes } from '../foo.ts'
import { LockedMap } from '../peers/locked-map.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import { acquireInRedis, releaseInRedis } from '../peers/redis-lock.ts'
import { NO_REDIS, RedisServer } from '../peers/redis-server.ts'
import type { Question } from '../question.ts'

const TASKS = 16
/** Of each task in one call. */
const CYCLES = 64

export const contendedQuestion: Question = {
  name: 'contended',
  asks: 'What does a cycle of acquire → read → yield → mutate → release cost while 16 tasks want one entry?',
  async ask(effort) {
    await using store = fooStore()
    const key = store.init({ bar: 1_000, baz: 1 })
    const options = { operations: TASKS * CYCLES, batched: false }

    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    contest.add('Livestore', () => together(() => livestoreTask(store, key)), options)

    const locked = new LockedMap()
    locked.init(key, { bar: 1_000, baz: 1 })
    await using redis = effort.quick ? undefined : await RedisServer.start()
    if (!effort.quick) {
      contest.add('async-mutex around a Map', () => together(() => mutexTask(locked, key)), options)
    }
    if (redis) {
      contest.add('redis SET NX PX, asked again at once', () => together(() => redisCycle(redis, key)), {
        operations: TASKS,
        batched: false,
      })
    }

    await contest.run()
    return {
      rows: contest.rows(NO_OP),
      goals: [
        {
          what: 'contended acquire → read → yield → mutate → release, 16 tasks, one key, a cycle',
          measured: contest.ratio('Livestore', NO_OP),
          limit: 8,
          unit: '×',
        },
      ],
      notes: redis || effort.quick ? [] : [NO_REDIS],
    }
  },
}

async function together(task: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: TASKS }, task))
}

async function livestoreTask(store: Store<FooTypes>, key: string): Promise<void> {
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const guard = await store.acquire(key)
    if (guard === undefined) throw new Error('the entry is gone')
    const { bar } = guard.entry.value
    // oxlint-disable-next-line unicorn/no-unnecessary-await, typescript/await-thenable -- it is the yield
    await null
    guard.mutate({ type: 'setBar', bar: bar + 1 })
    guard.release()
  }
}

async function mutexTask(locked: LockedMap, key: string): Promise<void> {
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const release = await locked.mutex(key).acquire()
    const { bar, baz } = locked.read(key)
    // oxlint-disable-next-line unicorn/no-unnecessary-await, typescript/await-thenable -- it is the yield
    await null
    locked.write(key, { bar: bar + 1, baz })
    release()
  }
}

async function redisCycle(redis: RedisServer, key: string): Promise<void> {
  const token = randomUUID()
  await acquireInRedis(redis, key, token)
  const bar = await redis.client.hget(key, 'bar')
  await redis.client.hset(key, 'bar', Number(bar) + 1)
  await releaseInRedis(redis, key, token)
}
