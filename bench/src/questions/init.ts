import { randomUUID } from 'node:crypto'
import { fooStore } from '../foo.ts'
import type { Effort, Question, Row } from '../question.ts'
import { spread } from '../spread.ts'

export const initQuestion: Question = {
  name: 'init',
  asks: 'What does it cost to store one more entry, from the first to the last of many?',
  async ask(effort) {
    const raw = await repeated('raw Map.set(randomUUID(), value)', effort, () => {
      const map = new Map<string, unknown>()
      return { store: (bar) => void map.set(randomUUID(), { bar, baz: 1 }), end: async () => map.clear() }
    })
    const livestore = await repeated('Livestore init', effort, () => {
      const store = fooStore()
      return { store: (bar) => void store.init({ bar, baz: 1 }), end: () => store.close() }
    })
    return { rows: [{ ...raw, ratio: 1 }, { ...livestore, ratio: livestore.p50 / raw.p50 }], goals: [] }
  },
}

interface Subject {
  store(bar: number): void
  end(): Promise<void>
}

async function repeated(subject: string, { quick, entries }: Effort, begin: () => Subject): Promise<Row> {
  const nanoseconds: number[] = []
  for (let run = 0; run < (quick ? 3 : 7); run++) {
    globalThis.gc?.()
    const { store, end } = begin()
    const start = performance.now()
    for (let at = 0; at < entries; at++) store(at)
    nanoseconds.push(((performance.now() - start) * 1e6) / entries)
    await end()
  }
  return spread(subject, 'ns', nanoseconds)
}
