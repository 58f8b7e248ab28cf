import { readFileSync } from 'node:fs'
import { parseClientFrames } from '@livestore-kv/core/protocol'
import { FrameMutator, Random } from '@livestore-kv/core/testing'
import type { MemoryClient } from './memory-client.ts'
import { memoryServer, settle } from './memory-server.ts'
import type { MemoryServer } from './memory-server.ts'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
// What a session says: those that begin one, or change whose it is, end the connection when they are wrong.
const examples = [...page.matchAll(/```json client\n(.*?)```/gs)]
  .map(([, text]) => JSON.stringify(JSON.parse(text ?? '')))
  .filter((frame) => !/"(hello|refresh)"/.test(frame))
  .map((frame) => frame.replaceAll('"room"', '"note"').replaceAll('"title"', '"text"'))
  .map((frame) => frame.replaceAll('"rename"', '"write"'))

/** Messages of one connection: enough to fill it with subscriptions and locks. */
const BATCH = 200
const MS = 500

/** What became of mutated messages. */
export interface Served {
  /** How often another number of answers came than there were requests to answer. */
  readonly wrong: readonly string[]
  readonly answered: number
  readonly refused: number
  /** What is left of all connections. */
  readonly left: number
}

/** Sends `count` random and mutated messages to an endpoint, as many clients after each other. */
export async function fuzzEndpoint(seed: number, count: number): Promise<Served> {
  const limits = {
    requestBurst: 1_000_000,
    pending: 10_000,
    leaseMs: MS,
    waitMs: MS,
    messageBytes: 1_000_000,
  }
  const server = memoryServer({ limits, helloMs: 60_000 })
  const mutator = new FrameMutator(new Random(seed), examples)
  const wrong: string[] = []
  let [answered, refused] = [0, 0]
  for (let sent = 0; sent < count; sent += BATCH) {
    const client = await server.connect('mallory')
    const expected = await talk(server, client, mutator)
    const settlements = client.frames.filter(
      ({ type }) => type === 'answer' || type === 'refused' || type === 'error',
    )
    if (settlements.length !== expected)
      wrong.push(`${settlements.length} of ${expected} from message ${sent}`)
    answered += settlements.filter(({ type }) => type === 'answer').length
    refused += settlements.filter(({ type }) => type === 'error').length
    client.connection.disconnected(1000)
  }
  await settle()
  const { connections, sessions, subscriptions, topics } = server.endpoint.stats()
  return { wrong, answered, refused, left: connections + sessions + subscriptions + topics }
}

/** Sends a batch, and answers how many answers it has to get. */
async function talk(
  { clock, notes }: MemoryServer,
  client: MemoryClient,
  mutator: FrameMutator,
): Promise<number> {
  let expected = 0
  notes.create('0b6ddf6e-63c7-4b0c-9b37-6a1b7a4f0f5e', { text: 'a', author: '' })
  for (let at = 0; at < BATCH; at++) {
    const message = mutator.next()
    for (const frame of parseClientFrames(message)) {
      if (!frame.ok || frame.value.type !== 'pong') expected++
    }
    client.connection.receive(message)
    if (at % 20 === 0) await settle()
  }
  // Who waits for a lock waits no longer than that, and who holds one does not either.
  for (let wait = 0; wait < 4; wait++) {
    await settle()
    clock.advance(MS)
    client.connection.receive('{"type":"pong"}')
  }
  await settle()
  return expected
}
