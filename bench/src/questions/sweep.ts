import { fooStore, TIMEOUT_MS } from '../foo.ts'
import { HandClock } from '../hand-clock.ts'
import type { Effort, Question } from '../question.ts'
import { spread } from '../spread.ts'

export const sweepQuestion: Question = {
  name: 'sweep',
  asks: 'How long does looking for expired entries take, in all and at a stretch?',
  async ask(effort) {
    const runs: Sweeps[] = []
    for (let run = 0; run < (effort.quick ? 2 : 5); run++) runs.push(await sweepOnce(effort))

    const idle = spread('no slot due', 'ms', runs.map((run) => sum(run.idle)))
    const fresh = spread('all re-filed as fresh', 'ms', runs.map((run) => sum(run.fresh)))
    const freshSlice = spread('… longest slice', 'ms', runs.map((run) => Math.max(...run.fresh)))
    const due = spread('all due and removed', 'ms', runs.map((run) => sum(run.due)))
    const dueSlice = spread('… longest slice of removals', 'ms', runs.map((run) => Math.max(...run.due)))
    return {
      rows: [idle, fresh, freshSlice, due, dueSlice],
      goals: [
        { what: 'sweep, 1 M entries, no slot due', measured: idle.p50, limit: 1, unit: 'ms' },
        { what: 'sweep, 1 M entries re-filed as fresh', measured: fresh.p50, limit: 150, unit: 'ms' },
        { what: '… its longest slice', measured: freshSlice.p50, limit: 5, unit: 'ms' },
        { what: 'sweep, 1 M entries due and removed', measured: due.p50, limit: 1_000, unit: 'ms' },
        { what: '… its longest slice of removals', measured: dueSlice.p50, limit: 5, unit: 'ms' },
      ],
    }
  },
}

/** How long each slice took, in ms. */
interface Sweeps {
  readonly idle: readonly number[]
  readonly fresh: readonly number[]
  readonly due: readonly number[]
}

async function sweepOnce({ entries }: Effort): Promise<Sweeps> {
  const clock = new HandClock()
  await using store = fooStore({ clock })
  const keys: string[] = []
  for (let bar = 0; bar < entries; bar++) keys.push(store.init({ bar, baz: 1 }))

  const idle = await clock.advance(TIMEOUT_MS / 2)
  for (const key of keys) await store.mutate(key, { type: 'setBaz', baz: 2 })
  keys.length = 0
  globalThis.gc?.()

  const fresh = await clock.advance(TIMEOUT_MS / 2 + 2_000)
  expectCount(store.count(), entries)
  const due = await clock.advance(TIMEOUT_MS / 2 + 2_000)
  expectCount(store.count(), 0)
  return { idle, fresh, due }
}

function expectCount(count: number, expected: number): void {
  if (count !== expected) throw new Error(`the store holds ${count} entries and not ${expected}`)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
