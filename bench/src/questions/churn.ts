import { fooStore, TIMEOUT_MS } from '../foo.ts'
import { liveBytes } from '../heap.ts'
import type { Question } from '../question.ts'
import { spread } from '../spread.ts'

/** How many entries stay while the others come and go; a hundredth of those that come and go. */
const SHARE_KEPT = 0.01
const STRETCHES = 10

export const churnQuestion: Question = {
  name: 'churn',
  asks: 'What stays in memory while 10 M entries with a timeout of 10 min are created and removed?',
  async ask({ quick, entries }) {
    await using store = fooStore({ expiry: { timeoutMs: TIMEOUT_MS } })
    const stretch = quick ? entries / STRETCHES : entries
    const kept = stretch * STRETCHES * SHARE_KEPT
    for (let bar = 0; bar < kept; bar++) store.init({ bar, baz: 1 })

    const live = [liveBytes()]
    const nanoseconds: number[] = []
    for (let round = 0; round < STRETCHES; round++) {
      const start = performance.now()
      for (let bar = 0; bar < stretch; bar++) {
        await store.remove(store.init({ bar, baz: 1 }))
        // A loop of promises alone would never let the store's timers go off.
        if (bar % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      nanoseconds.push(((performance.now() - start) * 1e6) / stretch)
      live.push(liveBytes())
    }
    if (store.count() !== kept) throw new Error(`the store holds ${store.count()} entries and not ${kept}`)

    return {
      rows: [
        spread('init + awaited remove', 'ns', nanoseconds),
        spread('alive with the 100 k entries that stay, before', 'MB', live.slice(0, 1).map(toMb)),
        spread('alive after the first tenth', 'MB', live.slice(1, 2).map(toMb)),
        spread('alive after the last tenth', 'MB', live.slice(-1).map(toMb)),
      ],
      goals: [
        {
          // Beside the first tenth, because compiled code and its feedback are alive too once they ran.
          what: 'churn of 10 M entries: live memory after the last tenth, beside that after the first',
          measured: (live.at(-1) ?? NaN) / (live[1] ?? NaN),
          limit: 1.02,
          unit: '×',
        },
      ],
    }
  },
}

function toMb(bytes: number): number {
  return bytes / 1e6
}
