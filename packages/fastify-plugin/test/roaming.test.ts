import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryServer, settle } from './memory-server.ts'
import { Journal, RoamingClient } from './roaming-client.ts'

const STEPS = [
  'mutate',
  'mutate',
  'mutate',
  'cut',
  'connect',
  'stall',
  'read',
  'hold',
  'burst',
  'pause',
  'away',
] as const
const scripts = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom(...STEPS)), {
  minLength: 10,
  maxLength: 60,
})

describe('clients whose connections come and go', () => {
  it(
    'see versions in order, without an unannounced gap, and have each mutation run once at most',
    { timeout: 60_000 },
    async () => {
      const journal = new Journal()
      await fc.assert(
        fc.asyncProperty(scripts, async (script) => {
          const server = memoryServer({
            budgetBytes: 12_000,
            limits: { requestBurst: 10_000, outcomes: 64 },
          })
          const { notes, clock } = server
          const key = notes.init({ text: 'hello', author: 'ada' })
          const run: string[] = []
          notes.watch(key)?.onUpdate((update) => update.type === 'mutate' && run.push(update.new.value.text))
          const clients = ['ada', 'bob', 'cy'].map((name) => new RoamingClient(server, name, key, journal))
          let guard: ReturnType<typeof notes.tryAcquire>
          let count = 0

          for (const [who, step] of script) {
            const client = clients[who]
            if (step === 'mutate') client?.mutate(`${who} ${++count}`)
            if (step === 'cut') client?.cut()
            if (step === 'connect') await client?.connect()
            if (step === 'stall') client?.stall()
            if (step === 'read') client?.resume()
            if (step === 'pause') await settle()
            if (step === 'hold') {
              if (guard) guard.release()
              guard = guard ? undefined : notes.tryAcquire(key)
            }
            if (step === 'burst' && !guard) {
              const burst = { type: 'write', text: 'x'.repeat(100), author: '' } as const
              for (let change = 0; change < 70; change++) await notes.mutate(key, burst)
            }
            // Whoever is away for longer than the grace comes back to a new session.
            for (let moment = 0; step === 'away' && moment < 13; moment++) {
              for (const other of clients) other.pong()
              clock.advance(9_900)
            }
          }
          guard?.release()
          for (const client of clients) client.resume()
          for (const client of clients) {
            client.cut()
            await client.connect()
          }
          await settle()
          for (const client of clients) client.read()

          const { version = 0 } = notes.fetch(key) ?? {}
          expect(journal.faults).toEqual([])
          expect(clients.map((client) => client.version)).toEqual([version, version, version])
          const fates = clients.flatMap((client) => [...client.fates])
          const wrong = fates.filter(([text, fate]) => {
            const times = run.filter((other) => other === text).length
            if (fate.type === 'answer') return times !== 1 || run[fate.version - 2] !== text
            return times > (fate.type === 'lost' ? 1 : 0)
          })
          expect(wrong).toEqual([])
          expect(fates).toHaveLength(clients.reduce((sum, { sent }) => sum + sent, 0))
        }),
        { numRuns: 150 },
      )
      const events = ['cut', 'resume', 'new session', 'resend', 'snapshot', 'lagged']
      expect(events.filter((event) => !journal.counts.has(event))).toEqual([])
    },
  )
})
