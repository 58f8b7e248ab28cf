import { parts } from './parts.ts'
import { simulate } from './simulate.ts'

/** Steps of one simulation. */
export const STEPS = 200

/** What every larger number of simulations has to meet, or it has not looked at what it is about. */
const EVENTS = [
  'cut, noticed by both',
  'cut, noticed by client',
  'cut, noticed by server',
  'cut, noticed by nobody',
  'refused',
  'stalled',
  'crash',
  'goodbye',
  'slow reader',
  'past the grace',
  'resume',
  'lost session',
  'resend of init',
  'resend of create',
  'resend of insert',
  'resend of assign',
  'resend of mutate',
  'resend of broadcast',
  'resend of remove',
  'told lagged',
  'told snapshot',
  'snapshot: history',
  'snapshot: incarnation',
  'watch from',
  'watch through a view',
  'listing through a view',
  'the same listing again',
  'skipped by a view',
  'replayed',
  'told message',
  're-creation',
  'expired',
  'lease lost',
  'refusal',
  'CANCELLED',
  'GUARD_RELEASED',
  'INTERNAL',
  'UNKNOWN_OUTCOME',
  'VERSION_CONFLICT',
  'WAIT_TIMEOUT',
  'failed OFFLINE',
  'failed UNKNOWN_OUTCOME',
  'failed given up',
  'closed 4005',
  'closed 4508',
  'dropped budget',
  'dropped history',
  'dropped evicted',
] as const

/** What many simulations came to. */
export interface Totals {
  /** The seeds with which something went wrong, what it was, and how to see it again. */
  readonly failures: readonly string[]
  readonly counts: ReadonlyMap<string, number>
  /** What none of them met. */
  readonly unmet: readonly string[]
}

/** Runs the simulations of `count` seeds from `first`; stops at the third that fails. */
export async function runSeeds(first: number, count: number): Promise<Totals> {
  const counts = new Map<string, number>()
  const failures: string[] = []
  for (let seed = first; seed < first + count && failures.length < 3; seed++) {
    const report = await simulate(parts, seed, STEPS)
    for (const [event, times] of report.counts) counts.set(event, (counts.get(event) ?? 0) + times)
    if (report.faults.length === 0) continue
    failures.push(`${report.faults.join('; ')}\n  again: ${commandFor(seed)}`)
    // One that is looked at alone tells how it came to that.
    if (count === 1) process.stdout.write(`${report.trace.lines.join('\n')}\n`)
  }
  return { failures, counts, unmet: EVENTS.filter((event) => !counts.has(event)) }
}

/** The totals in one line. */
export function summary({ counts }: Totals): string {
  return EVENTS.map((event) => `${event} ${counts.get(event) ?? 0}`).join(' · ')
}

function commandFor(seed: number): string {
  return `LIVESTORE_SEED=${seed} npx vitest run --project unit packages/client/test/simulation/simulation.test.ts`
}
