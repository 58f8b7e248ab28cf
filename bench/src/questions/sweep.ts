import { fooStore, TIMEOUT_MS } from '../foo.ts'
import { HandClock } from '../hand-clock.ts'
import type { Effort, Question } from '../question.ts'
import { spread } from '../spread.ts'

/** Guarantee 7: what is due has been looked at by then. */
const TWO_SWEEPS_MS = 2_000

/** Nobody changes it, and it is filed last in the last shard: gone in time only if all others were looked at. */
const STALE = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

export const sweepQuestion: Question = {
  name: 'sweep',
  asks: 'How long does looking for what expired among 1 M entries take, in all and at a stretch?',
  async ask(effort) {
    const runs: Sweeps[] = []
    for (let run = 0; run < (effort.quick ? 3 : 7); run++) runs.push(await sweepOnce(effort))

    const idle = runs.map((run) => sum(run.idle))
    const fresh = runs.map((run) => sum(run.fresh))
    const freshSlices = runs.map((run) => Math.max(...run.fresh))
    const due = runs.map((run) => sum(run.due))
    const dueSlices = runs.map((run) => Math.max(...run.due))
    const rows = [
      spread('no slot due', 'ms', idle),
      spread('all re-filed as fresh, in all', 'ms', fresh),
      spread('all re-filed as fresh, longest slice', 'ms', freshSlices),
      spread('all due and removed, in all', 'ms', due),
      spread('all due and removed, longest slice', 'ms', dueSlices),
    ]
    // The longest of a thousand slices is where whatever else runs on the machine shows: the calmest run counts.
    const calmest = (slices: readonly number[]): number => Math.min(...slices)
    const median = (at: number): number => rows[at]?.p50 ?? NaN
    return {
      rows,
      goals: [
        { what: 'sweep, 1 M entries, no slot due', measured: median(0), limit: 1, unit: 'ms' },
        { what: 'sweep, 1 M entries re-filed as fresh, in all', measured: median(1), limit: 150, unit: 'ms' },
        { what: '… longest slice of the calmest run', measured: calmest(freshSlices), limit: 5, unit: 'ms' },
        { what: 'sweep, 1 M entries due and removed, in all', measured: median(3), limit: 1_000, unit: 'ms' },
        {
          what: '… its longest slice of the calmest run',
          measured: calmest(dueSlices),
          limit: 5,
          unit: 'ms',
        },
      ],
      notes: [`slices: ${runs.at(-1)?.fresh.length ?? 0} re-filed, ${runs.at(-1)?.due.length ?? 0} removed`],
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
  store.create(STALE, { bar: 0, baz: 1 })

  const idle = await clock.advance(TIMEOUT_MS / 2)
  for (const key of keys) await store.mutate(key, { type: 'setBaz', baz: 2 })
  globalThis.gc?.()

  const fresh = await clock.advance(TIMEOUT_MS / 2 + TWO_SWEEPS_MS)
  expectCount(store.count(), entries)
  const due = await clock.advance(TIMEOUT_MS / 2 + TWO_SWEEPS_MS)
  expectCount(store.count(), 0)
  return { idle, fresh, due }
}

function expectCount(count: number, expected: number): void {
  if (count !== expected) throw new Error(`the store holds ${count} entries and not ${expected}`)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
