import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryClient } from './memory-client.ts'
import { settle } from './memory-server.ts'
import { handOf, SECRET, store, tableServer, value } from './table.ts'
import type { TableValue } from './table.ts'

const deal = (to: string, card: string) => ({ type: 'deal', to, card }) as const
const next = { type: 'next' } as const
const everything = (client: MemoryClient): string => JSON.stringify(client.frames)

/** A server whose view `hand` does what `select` does. */
function serverOf(hand: { group?: (user: unknown) => unknown; select: (value: TableValue) => unknown }) {
  const view = { ...hand, select: (seen: unknown) => hand.select(seen as TableValue) }
  return tableServer({ views: new Map([['table', new Map([['hand', view]])]]) })
}

describe('a view', () => {
  it('shows what it selects for the group of the user, and tells it when it changes', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const [ada, bob] = [await connect('ada red'), await connect('bob blue')]

    const red = await ada.ask('watch', { store, key, view: 'hand' })
    const blue = await bob.ask('watch', { store, key, view: 'hand' })
    await tables.mutate(key, deal('red', 'two'))
    await settle()

    expect(red.entry).toMatchObject({ version: 1, value: { cards: ['ace'], total: 2 } })
    expect(blue.entry).toMatchObject({ version: 1, value: { cards: [SECRET], total: 2 } })
    expect(ada.updates(red.topic)).toMatchObject([
      { type: 'mutate', version: 2, value: { cards: ['ace', 'two'], total: 3 } },
    ])
    expect(bob.updates(blue.topic)).toMatchObject([
      { type: 'mutate', version: 2, value: { cards: [SECRET], total: 3 } },
    ])
  })

  it('says nothing when it did not change, and skips those versions', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watch', { store, key, view: 'hand' })

    await tables.mutate(key, next)
    await tables.mutate(key, next)
    await tables.mutate(key, deal('red', 'two'))
    await tables.assign(key, { ...value, hands: { blue: ['x'], red: ['ace', 'two'] }, round: 9 })
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'mutate', version: 4 }])
    expect(ada.frames.at(-1)).toMatchObject({ type: 'update', seq: seq + 1 })
  })

  it('is computed once for each version and group, however many watch, fetch and come later', async () => {
    const { connect, tables, looks } = tableServer()
    const key = tables.init(value)
    const clients = [await connect('ada red'), await connect('bob red'), await connect('cy blue')]
    for (const client of clients) await client.ask('watch', { store, key, view: 'hand' })

    await tables.mutate(key, next)
    for (const client of clients) await client.ask('fetch', { store, key, view: 'hand' })
    await (await connect('dan red')).ask('watch', { store, key, view: 'hand' })

    expect(looks).toEqual(['red', 'blue', 'red', 'blue'])
  })

  it('is encoded once for each group: the same bytes go to everybody in it', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const clients = [await connect('ada red'), await connect('bob red'), await connect('cy blue')]
    for (const client of clients) await client.ask('watch', { store, key, view: 'hand' })

    await tables.mutate(key, deal('red', 'two'))
    await settle()

    const [ada, bob, cy] = clients.map(({ transport }) => transport.arrived.at(-1))
    expect(ada).toBe(bob)
    expect(cy).not.toBe(ada)
  })

  it('without a group is the same for everybody', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const [ada, bob] = [await connect('ada red'), await connect('bob blue')]

    const first = await ada.ask('watch', { store, key, view: 'round' })
    const second = await bob.ask('watch', { store, key, view: 'round' })

    expect(first.entry?.value).toBe(1)
    expect(second.topic).toBe(first.topic)
  })

  it('is fetched as it is watched', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')

    const { entry } = await ada.ask('fetch', { store, key, view: 'hand' })

    expect(entry).toMatchObject({ key, version: 1, value: { cards: ['ace'], total: 2 } })
  })

  it('tells locks, deadlines and the end, and what it lets through of messages', async () => {
    const hand = {
      select: () => 'nothing',
      message: (message: unknown) => ((message as { text: string }).text === 'loud' ? message : undefined),
    }
    const { connect, tables } = tableServer({ views: new Map([['table', new Map([['hand', hand]])]]) })
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watch', { store, key, view: 'hand' })

    tables.broadcast(key, { type: 'say', text: SECRET })
    tables.broadcast(key, { type: 'say', text: 'loud' })
    await tables.assign(key, value, { message: { type: 'say', text: 'loud' } })
    tables.expireIn(key, 60_000)
    tables.tryAcquire(key)?.release()
    await tables.remove(key, { message: { type: 'say', text: SECRET } })
    await settle()

    expect(ada.updates(topic).map(({ type }) => type)).toEqual([
      'message',
      'message',
      'deadline',
      'lock',
      'unlock',
      'remove',
    ])
    expect(everything(ada)).not.toContain(SECRET)
  })
})

describe('coming back to a view', () => {
  it('tells exactly what was missed of it', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watch', { store, key, view: 'hand' })
    ada.cut()
    await tables.mutate(key, next)
    await tables.mutate(key, deal('red', 'two'))
    await tables.mutate(key, next)

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    await settle()

    expect(back.welcome.topics).toEqual([topic])
    expect(back.updates(topic)).toMatchObject([{ version: 3, value: { cards: ['ace', 'two'] } }])
  })

  it('in another group does not: it is to be watched again', async () => {
    const { connect, tables, endpoint } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada blue')
    const { topic, seq } = await ada.ask('watch', { store, key, view: 'hand' })
    ada.cut()
    await tables.mutate(key, deal('blue', 'two'))

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    await settle()
    const again = await back.ask('watch', { store, key, view: 'hand' })

    expect(back.welcome).toMatchObject({ resumed: true, topics: [] })
    expect(again.entry).toMatchObject({ value: { cards: ['ace'] } })
    expect(everything(back)).not.toContain(SECRET)
    expect(endpoint.stats().subscriptions).toBe(1)
  })

  it('from a version answers with a snapshot: versions do not say whose view it was', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const { epoch = 0 } = tables.fetch(key) ?? {}
    const ada = await connect('ada red')

    const { entry } = await ada.ask('watch', { store, key, view: 'hand', from: { epoch, version: 1 } })

    expect(entry).toMatchObject({ version: 1, value: { cards: ['ace'] } })
  })
})

describe('a refresh that changes the group', () => {
  it('ends what the earlier group was shown before anything else is told, and the new one is watched again', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada blue')
    const hand = await ada.ask('watch', { store, key, view: 'hand' })
    const round = await ada.ask('watch', { store, key, view: 'round' })

    await ada.ask('refresh', { token: 'ada red' })
    await tables.mutate(key, deal('blue', 'another secret'))
    await tables.mutate(key, next)
    const again = await ada.ask('watch', { store, key, view: 'hand' })

    expect(ada.updates(hand.topic)).toEqual([{ type: 'revoked' }])
    expect(ada.updates(round.topic)).toMatchObject([{ version: 3, value: 2 }])
    expect(again.topic).not.toBe(hand.topic)
    expect(again.entry).toMatchObject({ value: { cards: ['ace'], total: 3 } })
    expect(everything(ada)).not.toContain('another secret')
  })

  it('ends it too where the application cannot say which group it is', async () => {
    const { connect, tables, errors } = serverOf({
      group: (user) => {
        if (user === 'nobody') throw new Error(SECRET)
        return 'all'
      },
      select: ({ round }) => round,
    })
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watch', { store, key, view: 'hand' })

    await ada.ask('refresh', { token: 'ada nobody' })

    expect(ada.updates(topic)).toEqual([{ type: 'revoked' }])
    expect(errors).toEqual([new Error(SECRET)])
  })
})

describe('who may see a view and not the whole', () => {
  it.each<[string, (ada: MemoryClient, key: string) => Promise<unknown>]>([
    ['fetch', (ada, key) => ada.request('fetch', { store, key })],
    ['watch', (ada, key) => ada.request('watch', { store, key })],
    ['watch as mutation', (ada, key) => ada.request('watch', { store, key, as: 'mutation' })],
    [
      'watch through a view, as mutation',
      (ada, key) => ada.request('watch', { store, key, view: 'hand', as: 'mutation' }),
    ],
    [
      'watch from a position',
      (ada, key) => ada.request('watch', { store, key, from: { epoch: 1, version: 1 } }),
    ],
    ['watch a view of no such name', (ada, key) => ada.request('watch', { store, key, view: '' })],
    ['fetch a view of no such name', (ada, key) => ada.request('fetch', { store, key, view: 'constructor' })],
    ['watchStore', (ada) => ada.request('watchStore', { store, changes: true })],
    ['watchStore through a view', (ada) => ada.request('watchStore', { store, changes: true, view: 'hand' })],
    ['mutate', (ada, key) => ada.request('mutate', { store, key, mutation: next })],
    ['acquire', (ada, key) => ada.request('acquire', { store, key })],
    ['create', (ada, key) => ada.request('create', { store, key, value: { hands: {}, round: 1 } })],
    ['assign', (ada, key) => ada.request('assign', { store, key, value: { hands: {}, round: 1 } })],
    ['insert', (ada, key) => ada.request('insert', { store, key, value: { hands: {}, round: 1 } })],
    ['remove', (ada, key) => ada.request('remove', { store, key })],
    [
      'a topic of somebody else',
      async (ada, key) => {
        ada.cut()
        return key
      },
    ],
  ])('does not get it by %s', async (_, route) => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const dealer = await connect('eve dealer')
    const whole = await dealer.ask('watch', { store, key })
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watch', { store, key, view: 'hand' })

    await route(ada, key)
    const { session } = ada.welcome
    const positions = [whole.topic, topic].map((each) => ({ topic: each, seq: 0 }))
    // The lock that one of the routes takes is given up on coming back.
    const dealt = tables.mutate(key, deal('blue', SECRET))
    const back = await connect('ada red', { session, positions })
    await dealt
    await settle()

    expect(JSON.stringify(whole.entry)).toContain(SECRET)
    expect(everything(ada) + everything(back)).not.toContain(SECRET)
  })

  it('gets an answer without the value where it would hold the whole', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const [ada, dealer] = [await connect('ada red'), await connect('eve dealer')]

    const acquired = await ada.ask('acquire', { store, key })
    await ada.ask('release', { store, key, token: acquired.token })
    const { old } = await dealer.ask('assign', { store, key, value })
    const removed = await ada.ask('remove', { store, key })

    expect(acquired.entry).toMatchObject({ key, version: 1, value: null })
    expect(old.value).toEqual(value)
    expect(removed.entry).toMatchObject({ version: 2, value: null })
  })

  it('gets an answer without the value, too, where the whole might be seen before the wait', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init({ ...value, hands: {} })
    const guard = tables.tryAcquire(key)
    const eve = await connect('eve dealer')
    const acquiring = eve.post('acquire', { store, key })
    const assigning = eve.post('assign', { store, key, value })
    await settle()

    await eve.ask('refresh', { token: 'eve red' })
    guard?.set(value)
    guard?.release()
    const acquired = (await eve.settled(acquiring)) as { readonly result: { readonly token: number } }
    await eve.ask('release', { store, key, token: acquired.result.token })

    expect(acquired).toMatchObject({ result: { entry: { version: 2, value: null } } })
    expect(await eve.settled(assigning)).toMatchObject({ result: { old: { version: 2, value: null } } })
    expect(everything(eve)).not.toContain(SECRET)
  })

  it('gets no more by lagging, nor by a history that is forgotten', async () => {
    const { connect, tables } = tableServer({ budgetBytes: 500 })
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watch', { store, key, view: 'hand' })

    ada.transport.pause()
    for (let card = 0; card < 20; card++) await tables.mutate(key, deal('red', 'x'.repeat(50)))
    await settle()
    ada.transport.resume()
    await settle()
    const lagged = ada.updates(topic).find(({ type }) => type === 'lagged')
    ada.cut()
    await tables.assign(key, { ...value, round: 2 })
    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    await settle()

    expect(lagged).toMatchObject({ entry: { version: 21, value: { total: 22 } } })
    expect(back.updates(topic)).toMatchObject([
      { type: 'snapshot', reason: 'history', entry: { version: 22, value: { cards: ['ace'], total: 2 } } },
    ])
    expect(everything(ada) + everything(back)).not.toContain(SECRET)
  })

  it('is told by value, and says so to whoever asks for mutations', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')

    const answer = await ada.request('watch', { store, key, view: 'hand', as: 'mutation' })

    expect(answer).toMatchObject({ type: 'error', code: 'BAD_FRAME' })
  })

  it('is asked for by its name', async () => {
    const asked: unknown[] = []
    const { connect, tables } = tableServer({
      authorize: ({ action, view }) => {
        asked.push([action, view])
        return view === 'round'
      },
    })
    const key = tables.init(value)
    const ada = await connect('ada red')

    const denied = await ada.request('watch', { store, key, view: 'hand' })
    const { topic } = await ada.ask('watch', { store, key, view: 'round' })
    await ada.ask('refresh', { token: 'ada red' })

    expect(denied).toMatchObject({ code: 'FORBIDDEN' })
    expect(asked).toEqual([
      ['watch', 'hand'],
      ['watch', 'round'],
      ['watch', 'round'],
    ])
    expect(ada.updates(topic)).toEqual([])
  })
})

describe('a view that fails', () => {
  it.each<[string, Parameters<typeof serverOf>[0]]>([
    [
      'its group throws',
      {
        group: () => {
          throw new Error(SECRET)
        },
        select: () => 1,
      },
    ],
    ['its group is no string', { group: () => undefined, select: () => 1 }],
    [
      'its select throws',
      {
        select: () => {
          throw new Error(SECRET)
        },
      },
    ],
    ['its select is a promise', { select: () => Promise.reject(new Error(SECRET)) }],
  ])('names itself to the caller and keeps the reason for the log: %s', async (_, hand) => {
    const { connect, tables, errors, endpoint } = serverOf(hand)
    const key = tables.init(value)
    const ada = await connect('ada red')

    const watched = await ada.request('watch', { store, key, view: 'hand' })
    const fetched = await ada.request('fetch', { store, key, view: 'hand' })

    const failure = { type: 'error', code: 'INTERNAL', message: 'the view "hand" of table failed' }
    expect(watched).toMatchObject(failure)
    expect(fetched).toMatchObject(failure)
    expect(errors).toHaveLength(2)
    expect(everything(ada)).not.toContain(SECRET)
    expect(endpoint.stats()).toMatchObject({ subscriptions: 0, topics: 0 })
  })

  it('at one version harms neither the writer nor others, and catches up at the next', async () => {
    const { connect, tables, errors, endpoint } = serverOf({
      select: ({ round }) => {
        if (round === 2) throw new Error(SECRET)
        return 'the same'
      },
    })
    const key = tables.init(value)
    const [ada, bob, dealer] = [
      await connect('ada red'),
      await connect('bob red'),
      await connect('eve dealer'),
    ]
    const { topic } = await ada.ask('watch', { store, key, view: 'hand' })
    await bob.ask('watch', { store, key, view: 'hand' })
    const whole = await dealer.ask('watch', { store, key })

    const result = await tables.mutate(key, next)
    await settle()
    const meanwhile = ada.updates(topic)
    await tables.mutate(key, next)
    await settle()

    expect(result?.ok).toBe(true)
    expect(dealer.updates(whole.topic)).toMatchObject([{ version: 2 }, { version: 3 }])
    expect(meanwhile).toEqual([])
    expect(ada.updates(topic)).toMatchObject([{ type: 'lagged', entry: { version: 3, value: 'the same' } }])
    expect(errors).toEqual([new Error(SECRET)])
    expect(endpoint.stats().dropped.view).toBe(2)
  })

  it('while its client is away is missed by the client that comes back', async () => {
    const { connect, tables } = serverOf({
      select: ({ round }) => {
        if (round === 2) throw new Error(SECRET)
        return 'the same'
      },
    })
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watch', { store, key, view: 'hand' })
    ada.cut()
    await tables.mutate(key, next)

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    await settle()
    await tables.mutate(key, next)
    await settle()

    expect(back.updates(topic)).toMatchObject([{ type: 'lagged', entry: { version: 3 } }])
  })
})

describe('views', () => {
  it(
    'show each group what is selected for it, whatever happens in whatever order',
    { timeout: 60_000 },
    async () => {
      const teams = ['red', 'blue']
      const step = fc.oneof(
        fc.record({ type: fc.constant('deal' as const), to: fc.constantFrom(...teams) }),
        fc.constant({ type: 'next' as const }),
        fc.record({
          type: fc.constantFrom('watch' as const, 'cut' as const, 'move' as const),
          who: fc.nat(2),
        }),
        fc.constant({ type: 'pause' as const }),
      )
      let cuts = 0
      let moves = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (script) => {
          const { connect, tables } = tableServer()
          const key = tables.init(value)
          const players = await Promise.all(
            ['ada', 'bob', 'cy'].map(async (name) => ({
              name,
              team: 'red',
              seq: 0,
              topic: 0,
              client: await connect(`${name} red`),
            })),
          )
          for (const event of script) {
            const player = 'who' in event ? players[event.who] : undefined
            if (event.type === 'deal') await tables.mutate(key, deal(event.to, event.to))
            if (event.type === 'next') await tables.mutate(key, next)
            if (event.type === 'pause') await settle()
            if (!player) continue
            if (event.type === 'move') {
              moves++
              player.team = player.team === 'red' ? 'blue' : 'red'
              await player.client.ask('refresh', { token: `${player.name} ${player.team}` })
            } else if (event.type === 'watch') {
              await player.client.ask('watch', { store, key, view: 'hand' })
            } else {
              cuts++
              await settle()
              const before = player.client
              before.cut()
              const positions = lastPositions(before)
              player.client = await connect(`${player.name} ${player.team}`, {
                session: before.welcome.session,
                positions,
              })
            }
          }
          for (const { client } of players) await client.ask('watch', { store, key, view: 'hand' })
          await tables.mutate(key, deal('red', 'red'))
          await settle()

          const { value: now, version } = tables.fetch(key) ?? { value, version: 0 }
          for (const { client, team } of players) {
            expect(shown(client)).toEqual({ version, value: handOf(now as TableValue, team) })
          }
        }),
        { numRuns: 60 },
      )
      expect(Math.min(cuts, moves)).toBeGreaterThan(50)
    },
  )
})

/** How far a client got in each topic. */
function lastPositions({ frames }: MemoryClient): { topic: number; seq: number }[] {
  const seqs = new Map<number, number>()
  for (const frame of frames) {
    const told = frame.type === 'answer' && 'topic' in frame.result ? frame.result : frame
    if ('topic' in told && 'seq' in told) seqs.set(Number(told.topic), Number(told.seq))
  }
  return [...seqs].map(([topic, seq]) => ({ topic, seq }))
}

/** What a client shows that reads every snapshot and every update of its newest topic. */
function shown({ frames }: MemoryClient): unknown {
  let state: { version: number; value: unknown } | undefined
  for (const frame of frames) {
    const told = frame.type === 'answer' ? frame.result : frame.type === 'update' ? frame.update : {}
    const entry = 'entry' in told ? told.entry : 'value' in told ? told : undefined
    if (!entry) continue
    const { version, value: seen } = entry as { version: number; value: unknown }
    expect(version).toBeGreaterThanOrEqual(state?.version ?? 0)
    state = { version, value: seen }
  }
  return state
}
