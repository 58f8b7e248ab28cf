import { randomUUID } from 'node:crypto'
import { fooStore } from '../foo.ts'
import type { Effort, Question, Row } from '../question.ts'
import { spread } from '../spread.ts'

export const memoryQuestion: Question = {
  name: 'memory',
  asks: 'How many bytes does an entry of { bar, baz } take, its key and everything else included?',
  async ask(effort) {
    const raw = weighed('raw Map', effort, () => {
      const map = new Map<string, unknown>()
      for (let bar = 0; bar < effort.entries; bar++) map.set(randomUUID(), { bar, baz: 1 })
      return map
    })
    const livestore = weighed('Livestore', effort, () => {
      const store = fooStore()
      for (let bar = 0; bar < effort.entries; bar++) store.init({ bar, baz: 1 })
      return store
    })
    return {
      rows: [{ ...raw, ratio: 1 }, { ...livestore, ratio: livestore.p50 / raw.p50 }],
      goals: [{ what: 'memory per entry, 1 M entries', measured: livestore.p50, limit: 290, unit: 'B' }],
    }
  },
}

/** What is alive after a collection because of what `fill` answers, per entry, a few times over. */
function weighed(subject: string, { quick, entries }: Effort, fill: () => object): Row {
  const bytes: number[] = []
  for (let run = 0; run < (quick ? 2 : 5); run++) {
    const before = live()
    const kept = { filled: fill() as object | undefined }
    bytes.push((live() - before) / entries)
    kept.filled = undefined
  }
  return spread(subject, 'B', bytes)
}

function live(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
