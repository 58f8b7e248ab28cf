import { distribution, median, spread } from '../spread.ts'
import type { Effort, Goal, Question, Row } from '../question.ts'
import { Audience } from '../wire/audience.ts'
import type { ServerName } from '../wire/server-process.ts'

const RAW = 'raw ws loop'
const LIVESTORE = 'Livestore'
const SOCKET_IO = 'Socket.IO'
const NAMES: readonly ServerName[] = [RAW, LIVESTORE, SOCKET_IO]

/** Messages of some 350 bytes. */
const TEXT_BYTES = 128
/** Messages that arrive in one measurement, at least, and at most so many for each connection. */
const DELIVERIES = 6_000
const DELIVERIES_EACH = 20

/** What one server did in one round of bursts. */
interface Round {
  /** Of the server's processor, per message that arrived, in microseconds. */
  readonly cpu: number
  /** By the clock on the wall. */
  readonly deliveriesPerSecond: number
}

export const fanOutWireQuestion: Question = {
  name: 'fan-out-wire',
  asks: 'What does it cost a server to tell every connection of a change, with the connections in another process?',
  async ask(effort) {
    const rows: Row[] = []
    const goals: Goal[] = []
    const notes: string[] = []
    const sizes = new Set([300, 2_000].map((size) => Math.min(size, effort.connections)))
    for (const size of sizes) {
      await using hall = await Hall.fill(size)
      rows.push(...hall.memory())
      for (const burst of [1, 10]) {
        const contest = await hall.compete(burst, effort)
        rows.push(...contest.rows)
        goals.push(...contest.goals)
      }
      notes.push(hall.sameBytes())
    }
    return { rows, goals, notes }
  },
}

/** The servers and their connections. */
class Hall implements AsyncDisposable {
  readonly #size: number
  readonly #audiences = new Map<ServerName, Audience>()

  private constructor(size: number) {
    this.#size = size
  }

  static async fill(size: number): Promise<Hall> {
    const hall = new Hall(size)
    for (const name of NAMES) {
      hall.#audiences.set(name, await Audience.gather({ name, size, textBytes: TEXT_BYTES }))
    }
    return hall
  }

  memory(): readonly Row[] {
    return [...this.#audiences].map(([name, { bytesPerConnection }]) =>
      spread(`memory per connection, ${this.#size} of them: ${name}`, 'B', [bytesPerConnection]),
    )
  }

  /** @throws if the servers did not send messages of one length. */
  sameBytes(): string {
    const bytes = [...this.#audiences.values()].map(({ bytesPerMessage }) => bytesPerMessage)
    const [least, most] = [Math.min(...bytes), Math.max(...bytes)]
    if (most > least * 1.01) throw new Error(`messages have ${bytes.join(', ')} bytes`)
    return `${this.#size} connections: messages of ${least.toFixed(0)} to ${most.toFixed(0)} bytes, every one of which arrived`
  }

  /** Measures every server in turns, round after round, with `burst` changes a tick. */
  async compete(burst: number, { quick }: Effort): Promise<{ rows: readonly Row[]; goals: readonly Goal[] }> {
    const rounds = new Map(NAMES.map((name) => [name, [] as Round[]]))
    const deliveries = Math.min(DELIVERIES, DELIVERIES_EACH * this.#size)
    const bursts = Math.ceil(deliveries / (this.#size * burst))
    for (const audience of this.#audiences.values()) {
      for (let warm = 0; warm < bursts * 5; warm++) await audience.hear(burst)
      audience.takeLatencies()
    }
    for (let round = 0; round < (quick ? 15 : 41); round++) {
      for (const [name, audience] of this.#audiences) {
        rounds.get(name)?.push(await measured(audience, burst, bursts))
      }
    }
    const label = `${this.#size} connections, bursts of ${burst}`
    const cpuOf = (name: ServerName): readonly number[] => rounds.get(name)?.map(({ cpu }) => cpu) ?? []
    const beside = (name: ServerName, other: ServerName): number =>
      median(cpuOf(name).map((cpu, at) => cpu / (cpuOf(other)[at] ?? NaN)))
    const goal = (other: ServerName, limit: number): Goal => ({
      what: `server CPU per delivery, ${label}, beside ${other}`,
      measured: beside(LIVESTORE, other),
      limit,
      unit: '×',
    })
    return {
      rows: NAMES.flatMap((name) => [
        { ...spread(`${label}, CPU: ${name}`, 'µs', cpuOf(name)), ratio: beside(name, RAW) },
        spread(
          `${label}, deliveries: ${name}`,
          '/s',
          rounds.get(name)?.map(({ deliveriesPerSecond }) => deliveriesPerSecond) ?? [],
        ),
        distribution(`${label}, latency: ${name}`, 'µs', this.#audiences.get(name)?.takeLatencies() ?? []),
      ]),
      goals: burst === 1 ? [goal(RAW, 1.15), goal(SOCKET_IO, 0.95)] : [goal(RAW, 0.35)],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const audience of this.#audiences.values()) await audience[Symbol.asyncDispose]()
  }
}

async function measured(audience: Audience, burst: number, bursts: number): Promise<Round> {
  const before = await audience.server.ask('cpu')
  const start = performance.now()
  for (let told = 0; told < bursts; told++) await audience.hear(burst)
  const wallMs = performance.now() - start
  const cpu = (await audience.server.ask('cpu')) - before
  const deliveries = bursts * burst * audience.sockets.length
  return { cpu: cpu / deliveries, deliveriesPerSecond: (deliveries / wallMs) * 1_000 }
}
