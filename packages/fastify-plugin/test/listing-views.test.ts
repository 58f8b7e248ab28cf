import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryClient } from './memory-client.ts'
import { settle } from './memory-server.ts'
import { handOf, SECRET, store, tableServer, value } from './table.ts'
import type { TableServer, TableValue } from './table.ts'

const deal = (to: string, card: string) => ({ type: 'deal', to, card }) as const
const next = { type: 'next' } as const
const hands = { store, view: 'hand', changes: true } as const
const everything = (client: MemoryClient): string => JSON.stringify(client.frames)

/** A server whose view `hand` does what `select` does. */
function serverOf(
  select: (value: TableValue) => unknown,
  options: Parameters<typeof tableServer>[0] = {},
): TableServer {
  const hand = { select: (seen: unknown) => select(seen as TableValue) }
  return tableServer({ views: new Map([['table', new Map([['hand', hand]])]]), ...options })
}

/** What a view that works in every round but the second shows. */
function unlessSecond({ round }: TableValue): string {
  if (round === 2) throw new Error(SECRET)
  return 'the same'
}

describe('a listing through a view', () => {
  it('shows of every entry what the view selects for the group of the user', async () => {
    const { connect, tables } = tableServer()
    const first = tables.init(value)
    const [ada, bob] = [await connect('ada red'), await connect('bob green')]

    const red = await ada.ask('watchStore', hands)
    const green = await bob.ask('watchStore', hands)
    const second = tables.init(value)
    await tables.mutate(first, deal('red', 'two'))
    await tables.remove(second)
    await settle()

    expect(red.entries).toMatchObject([{ key: first, version: 1, value: { cards: ['ace'], total: 2 } }])
    expect(green.entries).toMatchObject([{ key: first, version: 1, value: { cards: [], total: 2 } }])
    expect(ada.updates(red.topic)).toMatchObject([
      { type: 'create', key: second, version: 1, value: { cards: ['ace'], total: 2 } },
      { type: 'mutate', key: first, version: 2, value: { cards: ['ace', 'two'], total: 3 } },
      { type: 'remove', key: second, version: 1 },
    ])
    expect(bob.updates(green.topic)).toMatchObject([
      { type: 'create', value: { cards: [], total: 2 } },
      { type: 'mutate', value: { cards: [], total: 3 } },
      { type: 'remove' },
    ])
    expect(everything(ada) + everything(bob)).not.toContain(SECRET)
  })

  it('tells no changes unless they are asked for', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')

    const { topic } = await ada.ask('watchStore', { store, view: 'hand' })
    await tables.mutate(key, deal('red', 'two'))
    await tables.remove(key)
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'remove', key, version: 2 }])
  })

  it('says nothing of an entry whose view did not change, and skips those versions', async () => {
    const { connect, tables } = tableServer()
    const [key, other] = [tables.init(value), tables.init(value)]
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watchStore', hands)

    await tables.mutate(key, next)
    await tables.mutate(other, next)
    await tables.mutate(key, deal('red', 'two'))
    await tables.assign(key, { hands: { blue: ['x'], red: ['ace', 'two'] }, round: 9 })
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'mutate', key, version: 3 }])
    expect(ada.frames.at(-1)).toMatchObject({ type: 'update', seq: seq + 1 })
  })

  it('says nothing of mutations, messages, locks and what was there before', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watchStore', hands)

    await tables.assign(key, { hands: {}, round: 1 }, { message: { type: 'say', text: SECRET } })
    await tables.mutate(key, deal('blue', SECRET))
    tables.broadcast(key, { type: 'say', text: SECRET })
    tables.tryAcquire(key)?.release()
    await tables.remove(key, { message: { type: 'say', text: SECRET } })
    await settle()

    const place = { key, epoch: expect.any(Number), version: expect.any(Number) }
    expect(ada.updates(topic)).toEqual([
      { type: 'overwrite', ...place, value: { cards: [], total: 0 }, changedAt: expect.any(Number) },
      { type: 'mutate', ...place, value: { cards: [], total: 1 }, changedAt: expect.any(Number) },
      { type: 'remove', ...place, reason: 'removed' },
    ])
  })

  it('hears no message of an entry that did not change, even if its view lets them through', async () => {
    const hand = { select: () => 'nothing', message: (message: unknown) => message }
    const { connect, tables } = tableServer({ views: new Map([['table', new Map([['hand', hand]])]]) })
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watchStore', hands)

    await tables.assign(key, value, { message: { type: 'say', text: 'hello' } })
    tables.broadcast(key, { type: 'say', text: 'hello' })
    await settle()

    expect(ada.updates(topic)).toEqual([])
  })

  it('is computed once for each version and group, however many list it and come later', async () => {
    const { connect, tables, looks } = tableServer()
    const key = tables.init(value)
    const clients = [await connect('ada red'), await connect('bob red'), await connect('cy blue')]
    for (const client of clients) await client.ask('watchStore', hands)

    await tables.mutate(key, next)
    for (const client of clients) await client.ask('watchStore', hands)
    await (await connect('dan red')).ask('watchStore', hands)

    expect(looks).toEqual(['red', 'blue', 'red', 'blue'])
  })

  it('is encoded once for each group: the same bytes go to everybody in it', async () => {
    const { connect, tables } = tableServer()
    const clients = [await connect('ada red'), await connect('bob red'), await connect('cy blue')]
    for (const client of clients) await client.ask('watchStore', hands)

    tables.init(value)
    await settle()

    const [ada, bob, cy] = clients.map(({ transport }) => transport.arrived.at(-1))
    expect(ada).toBe(bob)
    expect(cy).not.toBe(ada)
  })

  it('is another for groups whose names differ in case alone', async () => {
    const { connect, tables } = tableServer()
    tables.init(value)
    const [ada, bob] = [await connect('ada blue'), await connect('bob BLUE')]

    const own = await ada.ask('watchStore', hands)
    const foreign = await bob.ask('watchStore', hands)

    expect(foreign.topic).not.toBe(own.topic)
    expect(everything(bob)).not.toContain(SECRET)
  })

  it('is asked about by the name of its view, as a whole and for each entry', async () => {
    const asked: unknown[] = []
    const { connect, tables } = tableServer({
      authorize: ({ action, key, view }) => {
        asked.push([action, key, view])
        return view === 'round'
      },
    })
    const key = tables.init(value)
    const ada = await connect('ada red')

    const denied = await ada.request('watchStore', { store, view: 'hand' })
    const whole = await ada.request('watchStore', { store })
    const { entries } = await ada.ask('watchStore', { store, view: 'round' })
    await ada.ask('refresh', { token: 'ada red' })

    expect(denied).toMatchObject({
      code: 'FORBIDDEN',
      message: 'watchStore through hand is not allowed here',
    })
    expect(whole).toMatchObject({ code: 'FORBIDDEN' })
    expect(entries).toMatchObject([{ key, value: 1 }])
    expect(asked).toEqual([
      ['watchStore', undefined, 'hand'],
      ['watchStore', undefined, undefined],
      ['watchStore', undefined, 'round'],
      ['watchStore', key, 'round'],
      ['watchStore', undefined, 'round'],
    ])
  })

  it('ends at a refresh where the view is not allowed any more', async () => {
    let allowed = true
    const { connect } = tableServer({ authorize: ({ view }) => view === 'hand' && allowed })
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watchStore', hands)

    allowed = false
    await ada.ask('refresh', { token: 'ada red' })

    expect(ada.updates(topic)).toEqual([{ type: 'revoked' }])
  })

  it('of a view that the store does not have is refused', async () => {
    const { connect, endpoint } = tableServer()
    const ada = await connect('ada dealer')

    const answer = await ada.request('watchStore', { store, view: 'constructor' })

    expect(answer).toMatchObject({ type: 'error', code: 'UNKNOWN_VIEW' })
    expect(endpoint.topics.size).toBe(0)
  })

  it('closes its watch of the store with the last who lists it, in whatever form', async () => {
    const { connect, tables, endpoint } = tableServer()
    tables.init(value)
    const [ada, dealer] = [await connect('ada red'), await connect('eve dealer')]
    const hand = await ada.ask('watchStore', hands)
    const whole = await dealer.ask('watchStore', { store, changes: true })

    await ada.ask('unwatch', { topic: hand.topic })
    const left = endpoint.topics.size
    await dealer.ask('unwatch', { topic: whole.topic })

    expect([left, endpoint.topics.size]).toEqual([1, 0])
  })
})

describe('coming back to a listing through a view', () => {
  it('tells exactly what was missed of it', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watchStore', hands)
    ada.cut()
    await tables.mutate(key, next)
    await tables.mutate(key, deal('red', 'two'))
    const second = tables.init(value)

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    await settle()

    expect(back.welcome.topics).toEqual([topic])
    expect(back.updates(topic)).toMatchObject([
      { key, version: 3, value: { cards: ['ace', 'two'] } },
      { type: 'create', key: second, value: { cards: ['ace'] } },
    ])
  })

  it('that missed more than is remembered does not: it is to be listed again', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watchStore', hands)
    ada.cut()
    for (let card = 0; card < 65; card++) await tables.mutate(key, deal('red', 'two'))

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    const again = await back.ask('watchStore', hands)

    expect(back.welcome).toMatchObject({ resumed: true, topics: [] })
    expect(again.entries).toMatchObject([{ key, version: 66, value: { total: 67 } }])
  })

  it('in another group does not: it is to be listed again', async () => {
    const { connect, tables, endpoint } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada blue')
    const { topic, seq } = await ada.ask('watchStore', hands)
    ada.cut()
    await tables.mutate(key, deal('blue', 'two'))

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    await settle()
    const again = await back.ask('watchStore', hands)

    expect(back.welcome).toMatchObject({ resumed: true, topics: [] })
    expect(again.entries).toMatchObject([{ value: { cards: ['ace'] } }])
    expect(everything(back)).not.toContain(SECRET)
    expect(endpoint.stats().subscriptions).toBe(1)
  })
})

describe('a refresh that changes the group', () => {
  it('ends what the earlier group was listed before anything else is told', async () => {
    const { connect, tables } = tableServer()
    const key = tables.init(value)
    const ada = await connect('ada blue')
    const hand = await ada.ask('watchStore', hands)
    const round = await ada.ask('watchStore', { ...hands, view: 'round' })

    await ada.ask('refresh', { token: 'ada red' })
    await tables.mutate(key, deal('blue', 'another secret'))
    await tables.mutate(key, next)
    const again = await ada.ask('watchStore', hands)

    expect(ada.updates(hand.topic)).toEqual([{ type: 'revoked' }])
    expect(ada.updates(round.topic)).toMatchObject([{ version: 3, value: 2 }])
    expect(again.topic).not.toBe(hand.topic)
    expect(again.entries).toMatchObject([{ value: { cards: ['ace'], total: 3 } }])
    expect(everything(ada)).not.toContain('another secret')
  })

  it('while the store is gathered has whoever asked answered what the new group sees', async () => {
    const verdicts: (() => void)[] = []
    const { connect, tables, endpoint } = tableServer({
      authorize: ({ key, view }) =>
        key === undefined ? view !== undefined : new Promise((resolve) => verdicts.push(() => resolve(true))),
    })
    tables.init(value)
    const ada = await connect('ada blue')
    const listing = ada.post('watchStore', hands)
    await settle()

    await ada.ask('refresh', { token: 'ada red' })
    for (let round = 0; round < 3; round++) {
      for (const decide of verdicts.splice(0)) decide()
      await settle()
    }

    expect(await ada.settled(listing)).toMatchObject({ result: { entries: [{ value: { cards: ['ace'] } }] } })
    expect(everything(ada)).not.toContain(SECRET)
    expect(endpoint.stats()).toMatchObject({ subscriptions: 1, topics: 1 })
  })

  it('while the store is gathered asks whether the new group may list it', async () => {
    let decide = (): void => undefined
    const { connect, tables, endpoint } = tableServer({
      authorize: ({ user, key }) =>
        key === undefined ? user === 'blue' : new Promise((resolve) => (decide = () => resolve(true))),
    })
    tables.init(value)
    const ada = await connect('ada blue')
    const listing = ada.post('watchStore', hands)
    await settle()

    await ada.ask('refresh', { token: 'ada red' })
    decide()

    expect(await ada.settled(listing)).toMatchObject({ type: 'error', code: 'FORBIDDEN' })
    expect(endpoint.stats()).toMatchObject({ subscriptions: 0, topics: 0 })
  })
})

describe('a listing through a view that fails', () => {
  it.each<[string, { group?: () => unknown; select: () => unknown }]>([
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
  ])('names the view to the caller and keeps the reason for the log: %s', async (_, hand) => {
    const { connect, tables, errors, endpoint } = tableServer({
      views: new Map([['table', new Map([['hand', hand]])]]),
    })
    tables.init(value)
    const ada = await connect('ada red')

    const answer = await ada.request('watchStore', hands)

    expect(answer).toMatchObject({
      type: 'error',
      code: 'INTERNAL',
      message: 'the view "hand" of table failed',
    })
    expect(errors).toHaveLength(1)
    expect(everything(ada)).not.toContain(SECRET)
    expect(endpoint.stats()).toMatchObject({ subscriptions: 0, topics: 0 })
  })

  it('fails once, even if the user is of another group whenever that is asked', async () => {
    let groups = 0
    const hand = {
      group: () => String(groups++),
      select: () => {
        throw new Error(SECRET)
      },
    }
    const { connect, tables, errors } = tableServer({
      views: new Map([['table', new Map([['hand', hand]])]]),
    })
    tables.init(value)
    const ada = await connect('ada red')

    const answer = await ada.request('watchStore', hands)

    expect(answer).toMatchObject({ type: 'error', code: 'INTERNAL' })
    expect(errors).toHaveLength(1)
  })

  it('fails all who wait for it for the same reason', async () => {
    let decide = (): void => undefined
    const { connect, tables, errors } = serverOf(unlessSecond, {
      authorize: ({ key }) => key === undefined || new Promise((resolve) => (decide = () => resolve(true))),
    })
    tables.init({ ...value, round: 2 })
    const ada = await connect('ada red')

    const first = ada.post('watchStore', hands)
    await settle()
    const second = ada.post('watchStore', hands)
    await settle()
    decide()

    for (const id of [first, second]) expect(await ada.settled(id)).toMatchObject({ code: 'INTERNAL' })
    expect(errors).toHaveLength(1)
  })

  it('at one version harms neither the writer nor others, and says once that it lags', async () => {
    const { connect, tables, errors, endpoint } = serverOf(unlessSecond)
    const key = tables.init(value)
    const [ada, dealer] = [await connect('ada red'), await connect('eve dealer')]
    const { topic } = await ada.ask('watchStore', hands)
    const whole = await dealer.ask('watchStore', { store, changes: true })

    const result = await tables.mutate(key, next)
    await settle()
    await tables.mutate(key, next)
    await settle()

    expect(result?.ok).toBe(true)
    expect(dealer.updates(whole.topic)).toMatchObject([{ version: 2 }, { version: 3 }])
    expect(ada.updates(topic)).toMatchObject([
      { type: 'lagged', missed: 1, entry: null },
      { type: 'mutate', version: 3, value: 'the same' },
    ])
    expect(errors).toEqual([new Error(SECRET)])
    expect(endpoint.stats().dropped.view).toBe(1)
  })

  it('at a creation says that it lags', async () => {
    const { connect, tables } = serverOf(unlessSecond)
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watchStore', { store, view: 'hand' })

    tables.init({ ...value, round: 2 })
    await settle()

    expect(ada.updates(topic)).toMatchObject([{ type: 'lagged', missed: 1, entry: null }])
  })

  it('for an entry that the user may not see is no concern of theirs', async () => {
    const { connect, tables } = serverOf(unlessSecond, {
      authorize: ({ key, view }) => view !== undefined && key !== hidden,
    })
    const [hidden, key] = [tables.init(value), tables.init(value)]
    const ada = await connect('ada red')
    const { topic } = await ada.ask('watchStore', hands)

    await tables.mutate(hidden, next)
    await tables.remove(key)
    await settle()
    const { entries } = await ada.ask('watchStore', hands)

    expect(ada.updates(topic)).toMatchObject([{ type: 'remove', key }])
    expect(entries).toEqual([])
  })

  it('while the store is gathered says that it lags, after the answer', async () => {
    const asked: string[] = []
    let decide = (): void => undefined
    const { connect, tables } = serverOf(unlessSecond, {
      authorize: ({ key }) =>
        key === undefined ||
        asked.push(key) === 1 ||
        new Promise((resolve) => (decide = () => resolve(true))),
    })
    tables.init(value)
    tables.init(value)
    const ada = await connect('ada red')
    const listing = ada.post('watchStore', hands)
    await settle()

    // It has been looked at by now, and the other waits for the application.
    await tables.mutate(asked[0] ?? '', next)
    decide()
    await settle()

    expect(ada.frames.slice(1)).toMatchObject([
      { type: 'answer', id: listing },
      { type: 'update', update: { type: 'lagged', missed: 1 } },
    ])
  })

  it('while its client is away is listed again by the client that comes back', async () => {
    const { connect, tables } = serverOf(unlessSecond)
    const key = tables.init(value)
    const ada = await connect('ada red')
    const { topic, seq } = await ada.ask('watchStore', hands)
    ada.cut()
    await tables.mutate(key, next)
    await tables.mutate(key, next)

    const { session } = ada.welcome
    const back = await connect('ada red', { session, positions: [{ topic, seq }] })
    const { entries } = await back.ask('watchStore', hands)

    expect(back.welcome.topics).toEqual([])
    expect(entries).toMatchObject([{ version: 3, value: 'the same' }])
  })
})

describe('listings through views', () => {
  it(
    'show each group what is selected for it, whatever happens in whatever order',
    { timeout: 60_000 },
    async () => {
      const team = fc.constantFrom('red', 'blue')
      const at = fc.nat(2)
      const step = fc.oneof(
        fc.record({ type: fc.constant('deal' as const), to: team, at }),
        fc.record({ type: fc.constantFrom('next' as const, 'toggle' as const), at }),
        fc.record({ type: fc.constantFrom('list' as const, 'cut' as const, 'move' as const), who: at }),
        fc.constant({ type: 'pause' as const }),
      )
      const counts = { cut: 0, move: 0, toggle: 0 }
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (script) => {
          const { connect, tables } = tableServer()
          const keys = [tables.init(value), tables.init(value), tables.init(value)]
          const players = await Promise.all(
            ['ada', 'bob', 'cy'].map(async (name) => {
              const player = new Player(name, await connect(`${name} red`))
              await player.list()
              return player
            }),
          )
          for (const event of script) {
            if (event.type === 'pause') await settle()
            else if ('at' in event) {
              const key = keys[event.at] ?? ''
              if (event.type === 'deal') await tables.mutate(key, deal(event.to, event.to))
              else if (event.type === 'next') await tables.mutate(key, next)
              else {
                counts.toggle++
                if (tables.create(key, value)) await tables.remove(key)
              }
            } else {
              const player = players[event.who]
              if (event.type === 'list') await player?.list()
              else if (event.type === 'move') {
                counts.move++
                await player?.move()
              } else {
                counts.cut++
                await settle()
                await player?.comeBack(connect)
              }
            }
          }
          await settle()

          const now = [...tables.entries()]
          for (const player of players) {
            const shown = now.map(({ key, value: seen }) => [key, handOf(seen as TableValue, player.team)])
            expect(player.shown()).toEqual(new Map(shown as [string, unknown][]))
          }
        }),
        { numRuns: 60 },
      )
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(50)
    },
  )
})

/** Somebody who lists hands, and puts together what they are told over every connection. */
class Player {
  readonly name: string
  team = 'red'
  #client: MemoryClient
  /** Every frame of earlier connections. */
  readonly #frames: MemoryClient['frames'][number][] = []
  #topic = 0

  constructor(name: string, client: MemoryClient) {
    this.name = name
    this.#client = client
  }

  async list(): Promise<void> {
    this.#topic = (await this.#client.ask('watchStore', hands)).topic
  }

  async move(): Promise<void> {
    this.team = this.team === 'red' ? 'blue' : 'red'
    await this.#client.ask('refresh', { token: `${this.name} ${this.team}` })
    await this.list()
  }

  async comeBack(connect: TableServer['connect']): Promise<void> {
    const before = this.#client
    before.cut()
    this.#frames.push(...before.frames)
    const { session } = before.welcome
    const positions = [{ topic: this.#topic, seq: this.#read().seq }]
    this.#client = await connect(`${this.name} ${this.team}`, { session, positions })
    if (!this.#client.welcome.topics.includes(this.#topic)) await this.list()
  }

  /** What the newest listing shows. */
  shown(): ReadonlyMap<string, unknown> {
    return this.#read().entries
  }

  #read(): { readonly entries: Map<string, unknown>; readonly seq: number } {
    const entries = new Map<string, unknown>()
    let seq = 0
    for (const frame of [...this.#frames, ...this.#client.frames]) {
      if (frame.type === 'answer' && 'entries' in frame.result) {
        const { result } = frame as { result: { entries: { key: string; value: unknown }[]; seq: number } }
        entries.clear()
        for (const entry of result.entries) entries.set(entry.key, entry.value)
        seq = result.seq
      } else if (frame.type === 'update' && frame.topic === this.#topic && frame.seq > seq) {
        const { update } = frame
        seq = frame.seq
        if (update.type === 'remove') entries.delete(update.key)
        else if ('value' in update) entries.set(update.key, update.value)
      }
    }
    return { entries, seq }
  }
}
