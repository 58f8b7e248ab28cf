import { createClient } from '@livestore-kv/client'
import { describe, expect, it } from 'vitest'
import { table, tableServer, value } from '../../fastify-plugin/test/table.ts'
import { MemoryNetwork, settle } from './memory-network.ts'

const deal = (to: string, card: string) => ({ type: 'deal', to, card }) as const

/** A client of tables, whose team is what `team.name` says when it shows its token. */
async function seated(options: Parameters<typeof tableServer>[0] = {}) {
  const server = tableServer(options)
  const network = new MemoryNetwork()
  network.server = server
  const team = { name: 'red' }
  const client = createClient({
    url: 'ws://memory/live',
    definitions: [table],
    token: () => `ada ${team.name}`,
    WebSocket: network.WebSocket,
    clock: server.clock,
    random: () => 0.5,
  })
  await settle()
  const key = server.tables.init(value)
  return { server, network, team, client, tables: client.store(table), key }
}

/** Until the client has noticed that the connection is lost, and has come back. */
async function backAgain({ clock }: ReturnType<typeof tableServer>): Promise<void> {
  for (let second = 0; second < 5; second++) {
    clock.advance(1_000)
    await settle()
  }
}

describe('mirror of a view', () => {
  it('shows what the view shows, and follows it past versions that do not change it', async () => {
    const { server, client, tables, key } = await seated()
    const statuses: string[] = []

    using hand = tables.watch(key, { view: 'hand' })
    hand.onUpdate(({ type }) => statuses.push(type))
    await settle()
    await server.tables.mutate(key, { type: 'next' })
    await server.tables.mutate(key, deal('red', 'two'))
    await settle()

    expect(hand.entry).toMatchObject({ version: 3, value: { cards: ['ace', 'two'], total: 3 } })
    expect(statuses).toEqual(['snapshot', 'mutate'])
    expect(await tables.fetch(key, { view: 'round' })).toMatchObject({ value: 2 })
    client.close()
  })

  it('is another than that of the whole, and nothing is predicted in it', async () => {
    const { client, tables, key } = await seated()

    using whole = tables.watch(key)
    using hand = tables.watch(key, { view: 'hand' })
    using same = tables.watch(key, { view: 'hand' })
    await settle()
    const asked = tables.mutate(key, deal('red', 'two'), { optimistic: true })
    const predicted = hand.state
    await asked
    await settle()

    expect(whole.state).toMatchObject({ status: 'failed', error: { code: 'FORBIDDEN' } })
    expect(predicted).toMatchObject({ predicted: false, entry: { value: { total: 2 } } })
    expect(same.entry).toBe(hand.entry)
    expect(hand.entry?.value.total).toBe(3)
    client.close()
  })

  it('follows the user into another group, on refresh and over a reconnect', async () => {
    const { server, network, team, client, tables, key } = await seated()
    using hand = tables.watch(key, { view: 'hand' })
    await settle()

    team.name = 'green'
    await client.refresh()
    await settle()
    const refreshed = hand.entry
    team.name = 'red'
    network.cut()
    await server.tables.mutate(key, deal('red', 'two'))
    await backAgain(server)

    expect(refreshed?.value).toEqual({ cards: [], total: 2 })
    expect(hand.state).toMatchObject({ status: 'live', entry: { value: { cards: ['ace', 'two'] } } })
    client.close()
  })
})

describe('listing through a view', () => {
  it('shows what the view shows of every entry, and follows it past versions that do not change it', async () => {
    const { server, client, tables, key } = await seated()
    const cards: unknown[] = []

    using hands = tables.watchStore({ view: 'hand', changes: true })
    await settle()
    hands.onChange(({ entries }) => cards.push([...entries.values()].map(({ value: hand }) => hand.cards)))
    await server.tables.mutate(key, { type: 'next' })
    await server.tables.mutate(key, deal('red', 'two'))
    await settle()
    server.tables.init({ hands: {}, round: 1 })
    await settle()

    expect(hands.entries.get(key)).toMatchObject({ version: 3, value: { total: 3 } })
    expect(cards).toEqual([[['ace', 'two']], [['ace', 'two'], []]])
    client.close()
  })

  it('is another than that of the whole', async () => {
    const { client, tables, key } = await seated()

    using whole = tables.watchStore()
    using hands = tables.watchStore({ view: 'hand' })
    using rounds = tables.watchStore({ view: 'round' })
    await settle()

    expect(whole.state).toMatchObject({ status: 'failed', error: { code: 'FORBIDDEN' } })
    expect(hands.entries.get(key)?.value).toEqual({ cards: ['ace'], total: 2 })
    expect(rounds.entries.get(key)?.value).toBe(1)
    client.close()
  })

  it('goes on after a cut with what was missed, and asks for nothing', async () => {
    const { server, network, client, tables, key } = await seated()
    using hands = tables.watchStore({ view: 'hand', changes: true })
    await settle()
    const asked = server.looks.length

    network.cut()
    await server.tables.mutate(key, { type: 'next' })
    await server.tables.mutate(key, deal('red', 'two'))
    await backAgain(server)

    expect(hands.state).toMatchObject({ status: 'live' })
    expect(hands.entries.get(key)).toMatchObject({ version: 3, value: { cards: ['ace', 'two'] } })
    expect(server.looks.length - asked).toBe(2)
    client.close()
  })

  it('follows the user into another group, on refresh and over a reconnect', async () => {
    const { server, network, team, client, tables, key } = await seated()
    using hands = tables.watchStore({ view: 'hand', changes: true })
    await settle()

    team.name = 'green'
    await client.refresh()
    await settle()
    const refreshed = hands.entries.get(key)
    team.name = 'red'
    network.cut()
    await server.tables.mutate(key, deal('red', 'two'))
    await backAgain(server)

    expect(refreshed?.value).toEqual({ cards: [], total: 2 })
    expect(hands.status).toBe('live')
    expect(hands.entries.get(key)?.value).toEqual({ cards: ['ace', 'two'], total: 3 })
    client.close()
  })

  it('whose view failed is listed again as soon as it works', async () => {
    const hand = {
      select: (seen: unknown) => {
        const { round } = seen as typeof value
        if (round === 2) throw new Error('not in the second round')
        return round
      },
    }
    const { server, client, tables, key } = await seated({
      views: new Map([['table', new Map([['hand', hand]])]]),
    })
    using hands = tables.watchStore({ view: 'hand', changes: true })
    await settle()

    await server.tables.mutate(key, { type: 'next' })
    await settle()
    const meanwhile = hands.entries.get(key)
    await server.tables.mutate(key, { type: 'next' })
    await backAgain(server)

    expect(meanwhile).toMatchObject({ version: 1, value: 1 })
    expect(hands.entries.get(key)).toMatchObject({ version: 3, value: 3 })
    client.close()
  })
})
