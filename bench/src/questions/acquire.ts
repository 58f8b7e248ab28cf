import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import type { Question } from '../question.ts'

/** Turns in one call, whose own promise then weighs nothing. */
const TURNS = 1_024

export const acquireQuestion: Question = {
  name: 'acquire',
  asks: 'What does holding a hot entry cost when nobody else wants it?',
  async ask(effort) {
    await using store = fooStore()
    const key = store.init({ bar: 0, baz: 1 })

    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    contest.add('Livestore tryAcquire + release', () => store.tryAcquire(key)?.release())
    contest.add(
      'Livestore awaited acquire + release',
      async () => {
        for (let turn = 0; turn < TURNS; turn++) (await store.acquire(key))?.release()
      },
      { operations: TURNS, batched: false },
    )
    await contest.run()
    return {
      rows: contest.rows(NO_OP),
      goals: [
        {
          what: 'tryAcquire + release, hot',
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
    }
  },
}
