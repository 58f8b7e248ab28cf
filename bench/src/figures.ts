import type { Answer, Goal, Row, Unit } from './question.ts'

/** `value` with three significant digits. */
export function figure(value: number, unit: Unit | '×'): string {
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  const number = value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',')
  return `${number} ${unit}`
}

export function reached(goal: Goal): boolean {
  return goal.atLeast ? goal.measured >= goal.limit : goal.measured <= goal.limit
}

/** An answer as a terminal shows it. */
export function printed({ rows, goals, notes = [] }: Answer): string {
  return [
    ...rows.map((row) => `  ${row.subject.padEnd(48)} ${printedRow(row)}`),
    ...goals.map(
      (goal) =>
        `  ${reached(goal) ? 'reached' : 'MISSED '} ${goal.what}: ${figure(goal.measured, goal.unit)} of ${figure(goal.limit, goal.unit)}`,
    ),
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}

function printedRow({ unit, p25, p50, p75, p99, ratio }: Row): string {
  const times = ratio === undefined ? '' : figure(ratio, '×')
  return `${figure(p50, unit).padStart(12)} (${figure(p25, unit)} … ${figure(p75, unit)}, ${figure(p99, unit)}) ${times.padStart(9)}`
}
