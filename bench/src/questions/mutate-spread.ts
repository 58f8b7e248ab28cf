import { Contest } from '../contest.ts'
import { spreadingFooStore } from '../foo.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
import type { Question } from '../question.ts'

/** In a process of its own, so that each definition's handlers are the only ones that V8 sees. */
export const mutateSpreadQuestion: Question = {
  name: 'mutate-spread',
  asks: 'And with a handler that spreads the old value?',
  async ask(effort) {
    await using store = spreadingFooStore()
    const key = store.init({ bar: 0, baz: 1 })
    let bar = 1_000

    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    contest.add('Livestore mutate, spread handler', () => store.mutate(key, { type: 'setBar', bar: ++bar }))
    await contest.run()
    return { rows: contest.rows(NO_OP), goals: [] }
  },
}
