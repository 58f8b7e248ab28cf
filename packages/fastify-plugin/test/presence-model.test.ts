import { createKey } from '@livestore-kv/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryClient } from './memory-client.ts'
import { settle } from './memory-server.ts'
import { placesServer } from './presence.ts'

const GRACE_MS = 8_000
const SESSION_MS = 20_000
/** How long the steps take that let time pass. */
const PASSES_MS: Readonly<Record<string, number>> = { wait: 3_000, away: SESSION_MS + 1_000 }

/** What a place should be: who is in it, in which seat. */
interface Seat {
  id: string
  readonly user: string
  /** When it leaves because its client is away. */
  leavesAt: number
  /** The step at which its page went away: whoever comes for this user takes the seat. */
  freeSince: number
}

/** One client at a time, and the session that it goes on with. */
interface Visitor {
  readonly user: string
  client: MemoryClient | undefined
  session: string | undefined
  id: string
}

const steps = fc.record({
  // The first two are one user.
  who: fc.integer({ min: 0, max: 4 }),
  where: fc.integer({ min: 0, max: 1 }),
  what: fc.constantFrom(
    'enter',
    'enter',
    'enter',
    'leave',
    'cut',
    'connect',
    'connect',
    'goodbye',
    'reload',
    'wait',
    'wait',
    'away',
  ),
})

describe('places that sessions enter and leave while their connections come and go', () => {
  it('have the members that they should have, in their seats', { timeout: 60_000 }, async () => {
    const met = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 20, maxLength: 80, size: 'max' }), async (script) => {
        const { connect, clock, heres, endpoint } = placesServer({
          graceMs: SESSION_MS,
          restingSessions: 100,
        })
        const keys = [createKey(), createKey()]
        const places: Seat[][] = [[], []]
        const faults: string[] = []
        const watcher = await connect('eve')
        const visitors: Visitor[] = ['ada', 'ada', 'bob', 'cy', 'dan'].map((user) => ({
          user,
          client: undefined,
          session: undefined,
          id: '',
        }))
        const drop = (isOver: (seat: Seat) => boolean): void => {
          places.forEach((seats, at) => (places[at] = seats.filter((seat) => !isOver(seat))))
        }

        const opening = visitors.map((_, who) => ({ who, where: 0, what: 'connect' }))
        for (const [at, { who, where, what }] of [...opening, ...script].entries()) {
          const visitor = visitors[who] as Visitor
          const { client, user } = visitor
          const seats = places[where] ?? []
          const mine = (seat: Seat): boolean => seat.id === visitor.id
          if (what === 'connect' && !client) {
            const { session } = visitor
            visitor.client = await connect(user, session === undefined ? {} : { session })
            const { welcome } = visitor.client
            if (session !== undefined) met.add(welcome.resumed ? 'resumed' : 'new session')
            if (welcome.resumed) {
              if (places.flat().some(mine)) met.add('back in time')
              for (const seat of places.flat().filter(mine)) seat.leavesAt = Infinity
            }
            visitor.session = welcome.session
            visitor.id = welcome.member ?? ''
          }
          if (what === 'enter' && client) {
            const answer = await client.request('enter', {
              store: 'here',
              key: keys[where] ?? '',
              state: { typing: false },
            })
            const [free] = seats
              .filter((seat) => seat.user === user && seat.freeSince < at)
              .sort((a, b) => a.freeSince - b.freeSince)
            const isFull = !seats.some(mine) && !free && seats.length >= 3
            faults.push(...(isFull === (answer.type === 'error') ? [] : [JSON.stringify(answer)]))
            if (isFull) met.add('full')
            else if (!seats.some(mine)) {
              if (free) {
                met.add('took its seat')
                Object.assign(free, { id: visitor.id, leavesAt: Infinity, freeSince: Infinity })
              } else seats.push({ id: visitor.id, user, leavesAt: Infinity, freeSince: Infinity })
            }
          }
          if (what === 'leave' && client) {
            await client.ask('leave', { store: 'here', key: keys[where] ?? '' })
            places[where] = seats.filter((seat) => !mine(seat))
          }
          if (client && (what === 'cut' || what === 'goodbye' || what === 'reload')) {
            const code = { cut: 1006, goodbye: 1000, reload: 1001 }[what]
            client.connection.disconnected(code)
            visitor.client = undefined
            if (what !== 'cut') visitor.session = undefined
            if (what === 'goodbye') drop(mine)
            for (const seat of places.flat().filter(mine)) {
              seat.leavesAt = clock.now() + GRACE_MS
              if (what === 'reload') seat.freeSince = at
            }
          }
          const passesMs = PASSES_MS[what]
          if (passesMs !== undefined) {
            for (const each of [watcher, ...visitors.map((one) => one.client)]) each?.send({ type: 'pong' })
            clock.advance(passesMs)
            if (places.flat().some(({ leavesAt }) => leavesAt <= clock.now())) met.add('grace over')
            drop(({ leavesAt }) => leavesAt <= clock.now())
          }
          await settle()

          const actual = keys.map((key) => (heres.fetch(key)?.value ?? []).map(({ id }) => id))
          expect(actual).toEqual(places.map((each) => each.map(({ id }) => id)))
        }

        expect(faults).toEqual([])
        endpoint.close()
        await settle()
        expect(heres.count()).toBe(0)
      }),
      { numRuns: 150 },
    )
    expect([...met].sort()).toEqual(
      ['back in time', 'full', 'grace over', 'new session', 'resumed', 'took its seat'].sort(),
    )
  })
})
