import { createStore } from '@livestore-kv/actors'
import { createActor } from 'xstate'
import { Contest } from '../contest.ts'
import { flatKey } from '../flat-key.ts'
import { HandClock } from '../hand-clock.ts'
import { order, orderMachine } from '../peers/order-machine.ts'
import type { Effort, Goal, Question, Row } from '../question.ts'
import { compared, median, spread } from '../spread.ts'
import { weighed } from '../weighed.ts'

/** How many machines there are where each takes kilobytes. */
const MACHINES = 10_000

const BARE = 'XState createActor, send'
const STORED = 'Livestore mutate of a machine'
const BARE_BETWEEN = 'XState createActor, send between two states, one with a delay'
const STORED_BETWEEN = 'Livestore mutate between two states, one with a delay'

export const machinesQuestion: Question = {
  name: 'machines',
  asks: 'What does an entry cost whose value is an XState machine, beside an actor of XState alone?',
  async ask(effort) {
    const contest = await transitions(effort)
    const bytes = memory(effort)
    const delays = await dueDelays(effort)
    const [bare, stored] = bytes
    return {
      rows: [
        ...contest.rows(BARE),
        ...compared(bytes, bare),
        spread('longest slice of 10 k delays', 'ms', delays),
      ],
      goals: [
        ratio(contest, 'transition, beside XState alone', STORED, BARE),
        ratio(contest, 'transition with a delay, beside XState alone', STORED_BETWEEN, BARE_BETWEEN),
        {
          what: 'memory of a machine, beside 1.15 × XState alone and 300 B',
          measured: stored.p50 / (1.15 * bare.p50 + 300),
          limit: 1,
          unit: '×',
        },
        {
          what: '10 k delays that are due at once, longest slice',
          measured: median(delays),
          limit: 5,
          unit: 'ms',
        },
      ],
    }
  },
}

function ratio(contest: Contest, what: string, subject: string, reference: string): Goal {
  return { what, measured: contest.ratio(subject, reference), limit: 1.3, unit: '×' }
}

async function transitions(effort: Effort): Promise<Contest> {
  await using store = createStore(order)
  const [key, other] = [store.init({ total: 0 }), store.init({ total: 0 })]
  const actor = createActor(orderMachine, { input: { total: 0 } }).start()
  const otherActor = createActor(orderMachine, { input: { total: 0 } }).start()
  const back = { type: 'refund' } as const
  const forth = { type: 'pay' } as const
  let sent = 0
  let mutated = 0

  const contest = new Contest(effort)
  contest.add(BARE, () => actor.send({ type: 'add', price: 1 }))
  contest.add(STORED, () => store.mutate(key, { type: 'add', price: 1 }))
  contest.add(BARE_BETWEEN, () => otherActor.send(sent++ % 2 ? back : forth))
  contest.add(STORED_BETWEEN, () => store.mutate(other, mutated++ % 2 ? back : forth))
  await contest.run()
  otherActor.stop()
  return contest
}

function memory(effort: Effort): readonly [Row, Row] {
  const bare = weighed('XState actor in a Map', effort, MACHINES, () => {
    const actors = new Map<string, unknown>()
    for (let total = 0; total < MACHINES; total++) {
      actors.set(flatKey(), createActor(orderMachine, { input: { total } }).start())
    }
    return actors
  })
  const stored = weighed('Livestore machine', effort, MACHINES, () => {
    const store = createStore(order)
    for (let total = 0; total < MACHINES; total++) store.init({ total })
    return store
  })
  return [bare, stored]
}

/** The longest slice of each run in which ten thousand delays are due at once. */
async function dueDelays({ quick }: Effort): Promise<readonly number[]> {
  const longest: number[] = []
  for (let run = 0; run < (quick ? 3 : 5); run++) {
    const clock = new HandClock()
    await using store = createStore(order, { clock })
    for (let total = 0; total < MACHINES; total++) await store.mutate(store.init({ total }), { type: 'pay' })
    globalThis.gc?.()
    const slices = await clock.advance(60_000)
    longest.push(Math.max(...slices.map(({ wallMs }) => wallMs)))
    const late = [...store.entries()].filter(({ value }) => value.state === 'late').length
    if (late !== MACHINES) throw new Error(`${late} of ${MACHINES} delays ended`)
  }
  return longest
}
