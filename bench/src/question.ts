/** How thorough an answer has to be. */
export interface Effort {
  /** Only what Livestore is held to, in fewer rounds: for whoever is tuning. */
  readonly quick: boolean
  /** How many entries the stores of the questions about many entries hold. */
  readonly entries: number
  /** How many connections the questions about connections open at most. */
  readonly connections: number
}

/** What was measured of one subject, in `unit`. */
export interface Row {
  readonly subject: string
  readonly unit: Unit
  readonly p25: number
  readonly p50: number
  readonly p75: number
  /** The slowest of the samples where there are fewer than a hundred. */
  readonly p99: number
  /** The median of the rounds' ratios to the row that the others are compared with. */
  readonly ratio?: number
}

export type Unit = 'ns' | 'µs' | 'ms' | '/s' | 'B' | 'MB' | 'entries' | 'updates' | 'sessions'

/** One line of what Livestore must reach. */
export interface Goal {
  readonly what: string
  readonly measured: number
  readonly limit: number
  /** Whether the limit is the least that is wanted, and not the most. @default false */
  readonly atLeast?: boolean
  readonly unit: Unit | '×'
}

/** What one question found out. */
export interface Answer {
  readonly rows: readonly Row[]
  readonly goals: readonly Goal[]
  /** What a reader needs beside the figures: a peer that was missing, a count. */
  readonly notes?: readonly string[]
}

/** One question about cost; asked in a process of its own, so that no other question warms or litters it. */
export interface Question {
  readonly name: string
  readonly asks: string
  /** What Node needs beyond `--expose-gc`. */
  readonly nodeOptions?: readonly string[]
  /** Asked only by name, because it needs much time or memory. */
  readonly byNameOnly?: boolean
  ask(effort: Effort): Promise<Answer>
}
