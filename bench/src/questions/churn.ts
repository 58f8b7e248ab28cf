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

    const atFirst = liveBytes()
    const live: number[] = []
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
        spread('alive with the entries that stay, at first', 'MB', [atFirst / 1e6]),
        spread('alive after each tenth', 'MB', live.map((bytes) => bytes / 1e6)),
      ],
      goals: [
        {
          what: 'churn of 10 M entries: live memory after it, beside what it was with the same entries stored',
          measured: Math.max(...live) / atFirst,
          limit: 1.02,
          unit: '×',
        },
      ],
    }
  },
}
