import { do_not_optimize } from 'mitata'
import { Contest } from '../contest.ts'
import { fooStore } from '../foo.ts'
import { KeyRing } from '../key-ring.ts'
import type { Question } from '../question.ts'

export const fetchQuestion: Question = {
  name: 'fetch',
  asks: 'What does reading one entry of many cost?',
  async ask(effort) {
    await using store = fooStore()
    const map = new Map<string, { readonly bar: number; readonly baz: number }>()
    for (let at = 0; at < effort.entries; at++) map.set(store.init({ bar: at, baz: 1 }), { bar: at, baz: 1 })
    const keys = new KeyRing(map.keys())

    const contest = new Contest(effort)
    contest.add('raw Map.get', () => do_not_optimize(map.get(keys.next())))
    contest.add('Livestore fetch', () => do_not_optimize(store.fetch(keys.next())))
    await contest.run()
    return {
      rows: contest.rows('raw Map.get'),
      goals: [
        {
          what: 'fetch, 1 M entries, beside a raw Map.get of the same keys',
          measured: contest.ratio('Livestore fetch', 'raw Map.get'),
          limit: 1.5,
          unit: '×',
        },
      ],
    }
  },
}
