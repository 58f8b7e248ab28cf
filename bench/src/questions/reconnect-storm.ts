import type { Question } from '../question.ts'
import { spread } from '../spread.ts'
import { Follower } from '../wire/follower.ts'
import { RemoteServer } from '../wire/remote-server.ts'

const CLIENTS = 2_000
const TEXT_BYTES = 128
/** Told while everybody is away, and again once everybody is back. */
const UPDATES = 20

export const reconnectStormQuestion: Question = {
  name: 'reconnect-storm',
  asks: 'What becomes of 2,000 clients whose connections are cut at once, while updates go on?',
  async ask({ quick, connections }) {
    const clients = Math.min(CLIENTS, connections)
    await using server = await RemoteServer.start({ name: 'Livestore', textBytes: TEXT_BYTES })
    using followers = new Crowd(server.port, clients)
    let version = 1
    const tell = (): number => {
      server.burst(UPDATES)
      return (version += UPDATES)
    }

    await followers.reach(version)
    // As many as a topic remembers, so that what is remembered does not grow any more.
    for (let warm = 0; warm < 5; warm++) await followers.reach(tell())
    const live = [await server.ask('live')]
    const seconds: number[] = []
    const sessions: number[] = []
    for (let storm = 0; storm < (quick ? 2 : 10); storm++) {
      const start = performance.now()
      await server.ask('cut')
      await followers.reach(tell())
      seconds.push(performance.now() - start)
      await followers.reach(tell())
      sessions.push(await server.ask('sessions'))
      live.push(await server.ask('live'))
    }

    const [before = NaN] = live
    const { doubled, lost, restarts, missed } = followers.faults()
    const none = { limit: 0, unit: 'updates' } as const
    return {
      rows: [
        spread('until everybody is back and has caught up', 'ms', seconds),
        spread('alive in the server before', 'MB', [before / 1e6]),
        spread(
          'alive in the server after a storm',
          'MB',
          live.slice(1).map((bytes) => bytes / 1e6),
        ),
      ],
      goals: [
        { what: 'reconnect storm of 2,000: updates told twice', measured: doubled, ...none },
        { what: 'reconnect storm of 2,000: updates lost', measured: lost + missed, ...none },
        {
          what: 'reconnect storm of 2,000: sessions that went on',
          measured: Math.min(...sessions) - restarts,
          limit: clients,
          atLeast: true,
          unit: 'sessions',
        },
        {
          what: 'reconnect storm of 2,000: live memory after the last, beside that before the first',
          measured: (live.at(-1) ?? NaN) / before,
          limit: 1.05,
          unit: '×',
        },
      ],
      notes: [
        `${seconds.length} storms, ${UPDATES} updates during and ${UPDATES} after each: ${clients * UPDATES * 2 * seconds.length} updates were to be told`,
      ],
    }
  },
}

/** Clients that all follow the same entry. */
class Crowd implements Disposable {
  readonly #followers: readonly Follower[]

  constructor(port: number, size: number) {
    this.#followers = Array.from({ length: size }, () => new Follower(port))
  }

  async reach(version: number): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.reaches(version)))
  }

  /** What went wrong, over all of them. */
  faults(): Pick<Follower, 'doubled' | 'lost' | 'restarts' | 'missed'> {
    const total = { doubled: 0, lost: 0, restarts: 0, missed: 0 }
    for (const { doubled, lost, restarts, missed } of this.#followers) {
      total.doubled += doubled
      total.lost += lost
      total.restarts += restarts
      total.missed += missed
    }
    return total
  }

  [Symbol.dispose](): void {
    for (const follower of this.#followers) follower[Symbol.dispose]()
  }
}
