import { describe, expect, it } from 'vitest'
import type { Question } from '../src/question.ts'
import { withFigures } from '../src/readme.ts'
import type { Results } from '../src/results.ts'

const START = '<!-- figures: written by `pnpm bench`, not by hand -->'
const END = '<!-- end of figures -->'

const question: Question = {
  name: 'fetch',
  asks: 'What does reading cost?',
  ask: () => Promise.reject(new Error()),
}

function results(node: string, measured: number): Results {
  const row = {
    subject: 'Livestore',
    unit: 'ns',
    p25: 10,
    p50: 1_234,
    p75: 30,
    p99: 40,
    ratio: measured,
  } as const
  const goal = { what: 'fetch beside Map.get', measured, limit: 1.5, unit: '×' } as const
  const answer = { date: '2026-01-02', rows: [row], goals: [goal], notes: ['no redis here'] }
  return { node, v8: '11.3', machine: 'a machine', answers: { fetch: answer } }
}

describe('withFigures', () => {
  it('gives every Node a column that says what is reached and what is missed', () => {
    const readme = withFigures(
      `${START}\n${END}`,
      [question],
      [results('20.1.0', 1.25), results('26.1.0', 1.75)],
    )

    expect(readme).toContain('|  | reach | Node 20 | Node 26 |')
    expect(readme).toContain('| fetch beside Map.get | ≤ 1.50 × | 1.25 ×, reached | **1.75 ×, missed** |')
    expect(readme).toContain('| Livestore | 1,234 ns (10.0 ns – 30.0 ns, 40.0 ns) | 1.25 × |')
    expect(readme).toContain('- Node 26.1.0 (V8 11.3) on a machine; 2026-01-02')
    expect(readme).toContain('- no redis here (Node 26)')
  })

  it('shows a dash where a Node was not asked', () => {
    const silent = { ...results('26.1.0', 1), answers: {} }

    const readme = withFigures(`${START}\n${END}`, [question], [results('20.1.0', 1.25), silent])

    expect(readme).toContain('| 1.25 ×, reached | – |')
  })

  it('leaves the prose around the figures alone and replaces what was between', () => {
    const readme = `before\n${START}\nold\n${END}\nafter\n`

    const once = withFigures(readme, [question], [results('20.1.0', 1)])

    expect(once).toMatch(/^before\n/)
    expect(once).toMatch(/\nafter\n$/)
    expect(once).not.toContain('old')
    expect(withFigures(once, [question], [results('20.1.0', 1)])).toBe(once)
  })

  it('refuses a readme without its markers', () => {
    expect(() => withFigures('prose', [question], [])).toThrow('the readme lacks <!-- figures')
  })
})
