import { Audience } from '../audience.ts'
import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { fooActor } from '../peers/foo-actor.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import { RedisAudience } from '../peers/redis-audience.ts'
import { NO_REDIS, RedisServer } from '../peers/redis-server.ts'
import type { Question } from '../question.ts'

export const fanOutQuestion: Question = {
  name: 'fan-out',
  asks: 'What does it cost per delivery to tell 1 or 100 watchers of a mutation?',
  async ask(effort) {
    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    await using store = fooStore()
    await using redis = effort.quick ? undefined : await RedisServer.start()
    const audiences: { assertComplete(): void }[] = []

    for (const operations of [1, 100]) {
      const listeners = new Audience(store, store.init({ bar: 0, baz: 1 }))
      const readers = new Audience(store, store.init({ bar: 0, baz: 1 }))
      for (let at = 0; at < operations; at++) {
        listeners.listen()
        readers.read()
      }
      audiences.push(listeners, readers)
      contest.add(`Livestore, ${some(operations, 'onUpdate listener')}`, () => listeners.mutate(), {
        operations,
      })
      contest.add(`Livestore, ${some(operations, 'async iterator')}`, () => readers.mutateAndWait(), {
        operations,
      })
      if (effort.quick) continue

      contest.add(`raw Map and ${some(operations, 'function')}, no promise`, tellFunctions(operations), {
        operations,
      })
      contest.add(`XState, ${some(operations, 'subscriber')}, no promise`, tellSubscribers(operations), {
        operations,
      })
      if (redis === undefined) continue

      const subscribers = await RedisAudience.gather(redis, operations)
      audiences.push(subscribers)
      contest.add(`redis PUBLISH, ${some(operations, 'connection')}`, () => subscribers.tell(), {
        operations,
        batched: false,
      })
    }

    await contest.run()
    for (const audience of audiences) audience.assertComplete()
    return {
      rows: contest.rows(NO_OP),
      goals: [
        {
          what: 'awaited mutate with 100 `onUpdate` listeners, per delivery',
          measured: contest.ratio('Livestore, 100 onUpdate listeners', NO_OP),
          limit: 0.4,
          unit: '×',
        },
      ],
      notes: redis || effort.quick ? [] : [NO_REDIS],
    }
  },
}

function some(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function tellFunctions(count: number): () => void {
  const map = new Map([['key', { bar: 0, baz: 1 }]])
  let sum = 0
  const listeners = Array.from({ length: count }, () => (value: { baz: number }) => void (sum += value.baz))
  return () => {
    const value = { bar: 0, baz: (map.get('key')?.baz ?? 0) + 1 }
    map.set('key', value)
    for (const listener of listeners) listener(value)
  }
}

function tellSubscribers(count: number): () => void {
  const actor = fooActor({ bar: 0, baz: 1 })
  let sum = 0
  let bar = 1_000
  for (let at = 0; at < count; at++) actor.subscribe(({ context }) => void (sum += context.bar))
  return () => actor.send({ type: 'setBar', bar: ++bar })
}
