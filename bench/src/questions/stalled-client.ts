import type { Question } from '../question.ts'
import { distribution, median, spread } from '../spread.ts'
import { Audience } from '../wire/audience.ts'
import { Follower } from '../wire/follower.ts'

const OTHERS = 299
const TEXT_BYTES = 65_536
/** From one update to the next, in milliseconds. */
const BEAT_MS = 50
/** How long a stretch is: the kernel takes some megabytes before anything waits in the server. */
const SECONDS = 10
/** What a connection may have waiting for it, by default. */
const BUDGET_BYTES = 1_048_576

/** What was seen while updates were told for some time. */
interface Stretch {
  /** Of all but the stalled one, in microseconds. */
  readonly latencies: readonly number[]
  /** Bytes that waited to be read after each update, when all others had read it. */
  readonly waiting: readonly number[]
}

export const stalledClientQuestion: Question = {
  name: 'stalled-client',
  asks: 'What does one client that reads nothing cost the server and 299 others, with 64 KiB updates for 10 s?',
  async ask({ quick, connections }) {
    const others = Math.min(OTHERS, connections)
    await using audience = await Audience.gather({
      name: 'Livestore',
      size: others,
      textBytes: TEXT_BYTES,
    })
    using stalled = new Follower(audience.server.port)
    let told = 1
    await stalled.reaches(told)
    const tell = async (seconds: number): Promise<Stretch> => {
      const stretch = await tellFor(audience, seconds)
      told += stretch.waiting.length
      return stretch
    }

    await tell(1)
    await stalled.reaches(told)
    const pairs: { readonly without: Stretch; readonly beside: Stretch }[] = []
    for (let pair = 0; pair < (quick ? 1 : 3); pair++) {
      const without = await tell(SECONDS)
      await stalled.reaches(told)
      stalled.pause()
      const beside = await tell(SECONDS)
      stalled.resume()
      await stalled.reaches(told)
      pairs.push({ without, beside })
    }

    if (stalled.missed === 0)
      throw new Error('the stalled client was not stalled for long enough to miss anything')
    if (stalled.doubled + stalled.lost + stalled.restarts > 0)
      throw new Error('the stalled client lost its way')
    const without = pairs.flatMap((pair) => pair.without.latencies)
    const beside = pairs.flatMap((pair) => pair.beside.latencies)
    const waiting = pairs.flatMap((pair) => pair.beside.waiting).map((bytes) => bytes / 1e6)
    return {
      rows: [
        distribution('latency of the others, nobody stalled', 'µs', without),
        distribution('latency of the others, one stalled', 'µs', beside),
        spread('bytes that wait for the stalled one', 'MB', waiting),
      ],
      goals: [
        {
          what: 'bytes that wait for a stalled client, at most, of its budget of 1 MiB',
          measured: Math.max(...waiting),
          limit: BUDGET_BYTES / 1e6,
          unit: 'MB',
        },
        {
          what: 'p99 latency of 299 others while one is stalled, beside nobody stalled',
          measured: median(pairs.map((pair) => p99(pair.beside) / p99(pair.without))),
          limit: 1.5,
          unit: '×',
        },
      ],
      notes: [
        `the stalled client was told that it missed ${stalled.missed} of ${told}, and each time ended at the newest version`,
      ],
    }
  },
}

async function tellFor(audience: Audience, seconds: number): Promise<Stretch> {
  audience.takeLatencies()
  const waiting: number[] = []
  const start = performance.now()
  while (performance.now() - start < seconds * 1_000) {
    await audience.hear(1)
    waiting.push(await audience.server.ask('waiting'))
    const nextMs = start + waiting.length * BEAT_MS - performance.now()
    await new Promise((resolve) => setTimeout(resolve, nextMs))
  }
  return { latencies: audience.takeLatencies(), waiting }
}

function p99({ latencies }: Stretch): number {
  return distribution('', 'µs', latencies).p99
}
