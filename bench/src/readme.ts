import { figure, reached } from './figures.ts'
import type { Goal, Question, Row } from './question.ts'
import { major } from './results.ts'
import type { Results } from './results.ts'

const START = '<!-- figures: written by `pnpm bench`, not by hand -->'
const END = '<!-- end of figures -->'

/** `readme` with the tables of `results` between its markers, and the prose around them as it was. */
export function withFigures(
  readme: string,
  questions: readonly Question[],
  results: readonly Results[],
): string {
  const start = readme.indexOf(START)
  const end = readme.indexOf(END)
  if (start < 0 || end < start) throw new Error(`the readme lacks ${START} or, after it, ${END}`)
  const figures = [
    measuredOn(results),
    goals(questions, results),
    ...questions.map((q) => details(q, results)),
  ]
  return `${readme.slice(0, start)}${START}\n\n${figures.join('\n\n')}\n\n${readme.slice(end)}`
}

function measuredOn(results: readonly Results[]): string {
  return results
    .map(({ node, v8, machine, answers }) => {
      const dates = Object.values(answers).map(({ date }) => date)
      return `- Node ${node} (V8 ${v8}) on ${machine}; ${[...dates].sort()[0] ?? 'never'} or later`
    })
    .join('\n')
}

function goals(questions: readonly Question[], results: readonly Results[]): string {
  const lines = questions.flatMap(({ name }) => {
    const first = results.find(({ answers }) => answers[name])?.answers[name]
    return (first?.goals ?? []).map(({ what, limit, unit, atLeast }) => [
      what,
      `${atLeast ? '≥' : '≤'} ${figure(limit, unit)}`,
      ...results.map(({ answers }) => verdict(answers[name]?.goals.find((goal) => goal.what === what))),
    ])
  })
  return `## What it must reach\n\n${table(['', 'reach', ...results.map(nodeOf)], lines)}`
}

function verdict(goal: Goal | undefined): string {
  if (goal === undefined) return '–'
  const measured = figure(goal.measured, goal.unit)
  return reached(goal) ? `${measured}, reached` : `**${measured}, missed**`
}

function details({ name, asks }: Question, results: readonly Results[]): string {
  const subjects = new Set(
    results.flatMap(({ answers }) => answers[name]?.rows.map((row) => row.subject) ?? []),
  )
  const lines = [...subjects].map((subject) => [
    subject,
    ...results.flatMap(({ answers }) => {
      const row = answers[name]?.rows.find((candidate) => candidate.subject === subject)
      return row ? [spreadOf(row), row.ratio === undefined ? '' : figure(row.ratio, '×')] : ['–', '']
    }),
  ])
  const notes = new Set(
    results.flatMap(({ answers, node }) =>
      (answers[name]?.notes ?? []).map((note) => `${note} (Node ${major(node)})`),
    ),
  )
  return [
    `## ${name}`,
    asks,
    table(['', ...results.flatMap((result) => [nodeOf(result), '×'])], lines),
    ...[...notes].map((note) => `- ${note}`),
  ].join('\n\n')
}

function spreadOf({ unit, p25, p50, p75, p99 }: Row): string {
  return `${figure(p50, unit)} (${figure(p25, unit)} – ${figure(p75, unit)}, ${figure(p99, unit)})`
}

function nodeOf({ node }: Results): string {
  return `Node ${major(node)}`
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
