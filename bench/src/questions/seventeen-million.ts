import { fooStore } from '../foo.ts'
import { liveBytes } from '../heap.ts'
import type { Question } from '../question.ts'
import { spread } from '../spread.ts'

/** More than the 2^24 entries at which a V8 `Map` ends. */
const ENTRIES = 17_000_000

export const seventeenMillionQuestion: Question = {
  name: 'seventeen-million',
  asks: 'Does one store hold more entries than one Map can?',
  nodeOptions: ['--max-old-space-size=12288'],
  byNameOnly: true,
  async ask() {
    const limit = mapLimit()
    const before = liveBytes()
    await using store = fooStore()
    const start = performance.now()
    let last = ''
    for (let bar = 0; bar < ENTRIES; bar++) last = store.init({ bar, baz: 1 })
    const took = performance.now() - start

    const found = store.fetch(last)?.value.bar
    if (found !== ENTRIES - 1) throw new Error(`the last entry reads ${String(found)}`)
    return {
      rows: [
        spread('Livestore init', 'ns', [(took * 1e6) / ENTRIES]),
        spread('Livestore, per entry', 'B', [(liveBytes() - before) / ENTRIES]),
      ],
      goals: [
        {
          what: '17 M entries in one store',
          measured: store.count(),
          limit: ENTRIES,
          atLeast: true,
          unit: 'entries',
        },
      ],
      notes: [
        `a single Map took ${limit.entries.toLocaleString('en')} entries and then threw "${limit.message}"`,
      ],
    }
  },
}

/** How many entries a `Map` takes; numbers, for it ends at the same count whatever the keys. */
function mapLimit(): { readonly entries: number; readonly message: string } {
  const map = new Map<number, undefined>()
  try {
    for (let key = 0; ; key++) map.set(key, undefined)
  } catch (error) {
    return { entries: map.size, message: error instanceof Error ? error.message : String(error) }
  }
}
