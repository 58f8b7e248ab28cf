import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
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
    }
  },
}
