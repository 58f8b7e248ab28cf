import { measure } from 'mitata'
import type { Effort, Row } from './question.ts'
import { median } from './spread.ts'

type Stats = Awaited<ReturnType<typeof measure>>

interface Contestant {
  readonly subject: string
  readonly run: () => unknown
  readonly operations: number
  readonly batched: boolean
  readonly rounds: Stats[]
}

export interface ContestantOptions {
  /** How many operations one call does; the figures are per operation. @default 1 */
  readonly operations?: number
  /** `false` for calls that take far longer than reading the clock does. @default true */
  readonly batched?: boolean
}

/**
 * Measures several subjects in turns, round after round, so that what disturbs the machine disturbs all of them; a
 * ratio is the median of the rounds' ratios.
 */
export class Contest {
  readonly #rounds: number
  readonly #nanoseconds: number
  readonly #contestants: Contestant[] = []

  constructor({ quick }: Effort) {
    // Many short rounds: a shared machine changes its speed every few hundred milliseconds.
    this.#rounds = quick ? 15 : 21
    this.#nanoseconds = quick ? 30e6 : 50e6
  }

  add(subject: string, run: () => unknown, options: ContestantOptions = {}): void {
    const { operations = 1, batched = true } = options
    this.#contestants.push({ subject, run, operations, batched, rounds: [] })
  }

  async run(): Promise<void> {
    collect()
    for (const { run, batched } of this.#contestants) await warmUp(run, batched ? 20_000 : 20)
    for (let round = 0; round < this.#rounds; round++) {
      for (const [at, { run, batched, rounds }] of this.#contestants.entries()) {
        rounds.push(
          await measure(run, {
            // A whole nanosecond apart: V8 shares the type feedback of equal source text, and mitata writes this
            // number into the loop that it generates, so that each subject gets a loop of its own.
            min_cpu_time: this.#nanoseconds + at,
            // A forced collection drops the hidden classes that no object has just then, and with them the optimized
            // code: the contended cycle measured 9.7 × in place of 6.5 ×.
            gc: false,
            // mitata reads the clock around every single call when its own short warm-up met a slow one.
            batch_threshold: batched ? Infinity : 0,
            warmup_threshold: batched ? Infinity : 0,
          }),
        )
      }
    }
  }

  /** One row per subject, each compared with `reference`. */
  rows(reference: string): readonly Row[] {
    return this.#contestants.map(({ subject, operations, rounds }) => {
      const middle = (quantile: 'p25' | 'p50' | 'p75' | 'p99'): number =>
        median(rounds.map((round) => round[quantile])) / operations
      return {
        subject,
        unit: 'ns',
        p25: middle('p25'),
        p50: middle('p50'),
        p75: middle('p75'),
        p99: middle('p99'),
        ratio: this.ratio(subject, reference),
      }
    })
  }

  /** How many times `reference` an operation of `subject` takes. */
  ratio(subject: string, reference: string): number {
    const measured = this.#find(subject)
    const unit = this.#find(reference)
    return median(
      measured.rounds.map(
        (round, at) => round.p50 / measured.operations / ((unit.rounds[at]?.p50 ?? NaN) / unit.operations),
      ),
    )
  }

  #find(subject: string): Contestant {
    const found = this.#contestants.find((contestant) => contestant.subject === subject)
    if (found === undefined) throw new Error(`nothing measures ${JSON.stringify(subject)}`)
    return found
  }
}

function collect(): void {
  globalThis.gc?.()
}

async function warmUp(run: () => unknown, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) await run()
}
