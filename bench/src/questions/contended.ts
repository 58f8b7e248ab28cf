import type { Store } from '@livestore-kv/actors'
import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import type { FooTypes } from '../foo.ts'
import { NO_OP, noOp } from '../peers/no-op.ts'
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
    const operations = TASKS * CYCLES

    const contest = new Contest(effort)
    contest.add(NO_OP, noOp)
    contest.add('Livestore', () => together(() => task(store, key)), { operations, batched: false })
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
    }
  },
}

async function together(task: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: TASKS }, task))
}

async function task(store: Store<FooTypes>, key: string): Promise<void> {
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const guard = await store.acquire(key)
    if (guard === undefined) throw new Error('the entry is gone')
    const { bar } = guard.entry.value
    await null
    guard.mutate({ type: 'setBar', bar: bar + 1 })
    guard.release()
  }
}
