import type { Row, Unit } from './question.ts'

/** The value below which `share` (0 to 1) of `sorted` lies. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN
}

export function median(values: readonly number[]): number {
  return quantile([...values].sort(ascending), 0.5)
}

/** The row of a subject that was measured a few times by a plain clock or scale. */
export function spread(subject: string, unit: Unit, values: readonly number[]): Row {
  const sorted = [...values].sort(ascending)
  const p50 = quantile(sorted, 0.5)
  return {
    subject,
    unit,
    p25: quantile(sorted, 0.25),
    p50,
    p75: quantile(sorted, 0.75),
    p99: sorted.at(-1) ?? NaN,
  }
}

/** The row of a subject of which there are many samples: its last figure is the slowest hundredth. */
export function distribution(subject: string, unit: Unit, samples: readonly number[]): Row {
  const sorted = [...samples].sort(ascending)
  return { ...spread(subject, unit, sorted), p99: quantile(sorted, 0.99) }
}

/** The rows with their ratio to `reference`. */
export function compared(rows: readonly Row[], reference: Row): readonly Row[] {
  return rows.map((row) => ({ ...row, ratio: row.p50 / reference.p50 }))
}

function ascending(a: number, b: number): number {
  return a - b
}
