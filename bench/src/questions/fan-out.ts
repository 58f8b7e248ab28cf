import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import type { Question } from '../question.ts'
import { Audience } from '../audience.ts'

export const fanOutQuestion: Question = {
  name: 'fan-out',
  asks: 'What does it cost per delivery to tell 1 or 100 watchers of a mutation?',
  async ask(effort) {
    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    await using store = fooStore()
    const audiences: Audience[] = []

    for (const count of [1, 100]) {
      const heard = store.init({ bar: 0, baz: 1 })
      const listeners = new Audience(store, heard)
      audiences.push(listeners)
      for (let at = 0; at < count; at++) listeners.listen()
      contest.add(`Livestore, ${named(count, 'onUpdate listener')}`, () => listeners.mutate(), {
        operations: count,
      })

      const read = store.init({ bar: 0, baz: 1 })
      const readers = new Audience(store, read)
      audiences.push(readers)
      for (let at = 0; at < count; at++) readers.read()
      contest.add(`Livestore, ${named(count, 'async iterator')}`, () => readers.mutateAndWait(), {
        operations: count,
      })
    }

    await contest.run()
    for (const audience of audiences) audience.assertComplete()
    return {
      rows: contest.rows(NO_OP),
      goals: [
        {
          what: 'awaited mutate with 100 onUpdate listeners, per delivery',
          measured: contest.ratio('Livestore, 100 onUpdate listeners', NO_OP),
          limit: 0.4,
          unit: '×',
        },
      ],
    }
  },
}

function named(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}
