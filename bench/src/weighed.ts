import { liveBytes } from './heap.ts'
import type { Effort, Row } from './question.ts'
import { spread } from './spread.ts'

/** What is alive because of what `fill` answers, per entry, a few times over. */
export function weighed(subject: string, { quick }: Effort, entries: number, fill: () => object): Row {
  const bytes: number[] = []
  for (let repeat = 0; repeat < (quick ? 2 : 3); repeat++) {
    const before = liveBytes()
    const kept = { filled: fill() as object | undefined }
    bytes.push((liveBytes() - before) / entries)
    kept.filled = undefined
  }
  return spread(subject, 'B', bytes)
}
