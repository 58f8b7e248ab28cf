import { createStore } from '@livestore-kv/actors'
import type { EntryGuard, LiveValueTypes } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import { FakeClock } from '@livestore-kv/core/testing'
import fc from 'fast-check'
import { assign, fromCallback, raise, setup } from 'xstate'
import { describe, expect, it } from 'vitest'

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('child sends') },
    { weight: 3, arbitrary: fc.constant('mutate') },
    { weight: 2, arbitrary: fc.constant('time passes') },
    { weight: 2, arbitrary: fc.constant('acquire') },
    { weight: 2, arbitrary: fc.constant('release') },
    { weight: 1, arbitrary: fc.constant('guard mutates') },
    { weight: 1, arbitrary: fc.constant('save and restore') },
  ),
  { maxLength: 40 },
)

describe('a machine, its callers and its guards, in any order', () => {
  it('changes only by its guard while it is held, tells every version once, and loses nothing that happened to it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        const run = new Run()
        for (const step of walk) await run.take(step)
        await run.end()

        expect(run.trespasses).toEqual([])
        expect(run.versions).toEqual(run.versions.map((_, at) => at + 2))
        // What was asked for comes in the order asked, and so does what the child said; each exactly once.
        expect(run.noted('m')).toEqual(run.asked)
        expect(run.noted('c')).toEqual(run.said)
        expect(run.noted('d').length).toBe(run.due)
      }),
      { numRuns: Number(process.env['LIVESTORE_RUNS'] ?? 100) },
    )
  })
})

/** One entry whose machine writes down whatever happens to it, in order. */
class Run {
  readonly versions: number[] = []
  readonly trespasses: unknown[] = []
  readonly asked: number[] = []
  readonly said: number[] = []
  due = 0
  readonly #clock = new FakeClock()
  readonly #store = createStore(
    diary((send) => (this.#send = send)),
    { clock: this.#clock },
  )
  readonly #key = this.#store.init()
  readonly #calls: Promise<unknown>[] = []
  #send: ((number: number) => void) | undefined
  #guard: EntryGuard<LiveValueTypes> | undefined
  #isGuardActing = false
  #count = 0

  constructor() {
    this.#store.watch(this.#key)?.onUpdate((update) => {
      if (!('new' in update)) return
      this.versions.push(update.new.version)
      if (this.#guard && !this.#isGuardActing) this.trespasses.push(update)
    })
  }

  noted(by: string): number[] {
    const notes = this.#store.fetch(this.#key)?.value.context.notes ?? []
    return notes.filter((note) => note.startsWith(by)).map((note) => Number(note.slice(1)))
  }

  async take(step: string): Promise<void> {
    if (step === 'child sends') {
      this.said.push(++this.#count)
      this.#send?.(this.#count)
    } else if (step === 'mutate') this.#calls.push(this.#mutate())
    else if (step === 'time passes') {
      this.due++
      this.#clock.advance(10)
    } else if (step === 'acquire') {
      this.#guard ??= this.#store.tryAcquire(this.#key) as EntryGuard<LiveValueTypes> | undefined
    } else if (step === 'release') this.#release()
    else await this.#act(step)
    await Promise.resolve()
  }

  async end(): Promise<void> {
    this.#release()
    await Promise.all(this.#calls)
  }

  async #act(step: string): Promise<void> {
    this.#isGuardActing = true
    if (step === 'guard mutates' && this.#guard) {
      this.asked.push(++this.#count)
      this.#guard.mutate({ type: 'note', note: `m${this.#count}` } as never)
    } else if (this.#guard === undefined) {
      const saved = this.#store.saved(this.#key)
      if (saved) await this.#store.assign(this.#key, saved)
    }
    this.#isGuardActing = false
  }

  #mutate(): Promise<unknown> {
    const number = ++this.#count
    // A guard that acts meanwhile comes first: it is written down when it is carried out.
    return this.#store
      .mutate(this.#key, { type: 'note', note: `m${number}` })
      .then(() => this.asked.sort((a, b) => this.noted('m').indexOf(a) - this.noted('m').indexOf(b)))
      .finally(() => void (this.asked.includes(number) || this.asked.push(number)))
  }

  #release(): void {
    const guard = this.#guard
    this.#guard = undefined
    guard?.release()
  }
}

function diary(connect: (send: (number: number) => void) => void) {
  return fromMachine(
    setup({
      types: {
        context: {} as { notes: string[] },
        events: {} as { type: 'note'; note: string } | { type: 'tick' },
      },
      actors: {
        child: fromCallback(({ sendBack }) =>
          connect((number) => sendBack({ type: 'note', note: `c${number}` })),
        ),
      },
    }).createMachine({
      context: { notes: [] },
      invoke: { src: 'child' },
      entry: raise({ type: 'tick' }, { delay: 10 }),
      on: {
        note: { actions: assign({ notes: ({ context, event }) => [...context.notes, event.note] }) },
        tick: {
          actions: [
            assign({ notes: ({ context }) => [...context.notes, 'd0'] }),
            raise({ type: 'tick' }, { delay: 10 }),
          ],
        },
      },
    }),
    { name: 'diary', revision: '1' },
  )
}
