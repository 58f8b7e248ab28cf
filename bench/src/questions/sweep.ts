import { createKey } from '@livestore-kv/core'
import { fooStore, TIMEOUT_MS } from '../foo.ts'
import { HandClock } from '../hand-clock.ts'
import type { Taken } from '../hand-clock.ts'
import { StaleMap } from '../peers/stale-map.ts'
import type { Effort, Goal, Question } from '../question.ts'
import { median, spread } from '../spread.ts'

/** Guarantee 7: what is due has been looked at by then. */
const TWO_SWEEPS_MS = 2_000

/** Nobody changes it, and it is looked at last in the last shard: gone in time only if all others were looked at. */
const STALE = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

export const sweepQuestion: Question = {
  name: 'sweep',
  asks: 'How long does looking for what expired among 1 M entries take, in all and at a stretch?',
  async ask(effort) {
    const runs: Sweeps[] = []
    for (let run = 0; run < (effort.quick ? 3 : 5); run++) runs.push(await sweepOnce(effort))

    const scans: Scans[] = []
    for (let run = 0; run < runs.length; run++) scans.push(scanOnce(effort))

    const all = (slices: (sweeps: Sweeps) => readonly Taken[], time: (taken: Taken) => number): number[] =>
      runs.map((run) => sum(slices(run).map(time)))
    const longest = (slices: (sweeps: Sweeps) => readonly Taken[]): number[] =>
      runs.map((run) => Math.max(...slices(run).map(wall)))
    const idle = all((run) => run.idle, wall)
    const fresh = all((run) => run.fresh, wall)
    const freshSlices = longest((run) => run.fresh)
    const due = all((run) => run.due, wall)
    const dueSlices = longest((run) => run.due)
    const last = runs.at(-1)
    const goal = (what: string, times: readonly number[], limit: number): Goal => ({
      what,
      measured: median(times),
      limit,
      unit: 'ms',
    })
    return {
      rows: [
        spread('no slot due', 'ms', idle),
        spread('all re-filed as fresh, in all', 'ms', fresh),
        spread(
          '– in processor time',
          'ms',
          all((run) => run.fresh, cpu),
        ),
        spread('– longest slice', 'ms', freshSlices),
        spread('all due and removed, in all', 'ms', due),
        spread(
          '– removals in processor time',
          'ms',
          all((run) => run.due, cpu),
        ),
        spread('– longest slice of removals', 'ms', dueSlices),
        spread(
          'raw Map, gone through in one go, nothing due',
          'ms',
          scans.map((scan) => scan.freshMs),
        ),
        spread(
          'raw Map, gone through in one go, all due and removed',
          'ms',
          scans.map((scan) => scan.dueMs),
        ),
      ],
      goals: [
        goal('sweep, 1 M entries, no slot due', idle, 1),
        goal('sweep, 1 M entries re-filed as fresh, in all', fresh, 150),
        goal('– longest slice, re-filing', freshSlices, 5),
        goal('sweep, 1 M entries due and removed, in all', due, 1_000),
        goal('– longest slice, removing', dueSlices, 5),
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
  // What was filed first is looked at last.
  store.create(STALE, { bar: 0, baz: 1 })
  for (let bar = 0; bar < entries; bar++) keys.push(store.init({ bar, baz: 1 }))

  const idle = await clock.advance(TIMEOUT_MS / 2)
  for (const key of keys) await store.mutate(key, { type: 'setBaz', baz: 2 })
  globalThis.gc?.()

  const fresh = await clock.advance(TIMEOUT_MS / 2 + TWO_SWEEPS_MS)
  expectCount(store.count(), entries)
  const due = await clock.advance(TIMEOUT_MS / 2 + TWO_SWEEPS_MS)
  expectCount(store.count(), 0)
  return { idle, fresh, due }
}

/** How long going through a `Map` took: in all, and at a stretch. */
interface Scans {
  readonly freshMs: number
  readonly dueMs: number
}

function scanOnce({ entries }: Effort): Scans {
  const map = new StaleMap()
  const keys = Array.from({ length: entries }, createKey)
  for (const [bar, key] of keys.entries()) map.init(key, bar, 0)
  for (const key of keys) map.setBaz(key, 2, 1)
  globalThis.gc?.()

  const freshMs = timed(() => map.sweep(0))
  expectCount(map.size, entries)
  const dueMs = timed(() => map.sweep(1))
  expectCount(map.size, 0)
  return { freshMs, dueMs }
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function expectCount(count: number, expected: number): void {
  if (count !== expected) throw new Error(`${count} entries are there, and not ${expected}`)
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
