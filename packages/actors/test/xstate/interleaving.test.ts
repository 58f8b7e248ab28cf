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
        // What callers, guards and the child asked for comes in the order of each, exactly once.
        expect(run.noted('m')).toEqual(run.asked)
        expect(run.noted('g')).toEqual(run.held)
        expect(run.noted('c')).toEqual(run.said)
        // Each of those began a delay, and each delay ended once.
        expect(run.noted('d').length).toBe(run.asked.length + run.held.length + run.said.length)
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
  readonly held: number[] = []
  readonly said: number[] = []
  #send: ((number: number) => void) | undefined
  readonly #clock = new FakeClock()
  readonly #store = createStore(
    diary((send) => (this.#send = send)),
    { clock: this.#clock },
  )
  readonly #key = this.#store.init()
  readonly #calls: Promise<unknown>[] = []
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
      this.#clock.advance(5)
    } else if (step === 'acquire') {
      this.#guard ??= this.#store.tryAcquire(this.#key) as EntryGuard<LiveValueTypes> | undefined
    } else if (step === 'release') this.#release()
    else await this.#act(step)
    await Promise.resolve()
  }

  async end(): Promise<void> {
    this.#release()
    await Promise.all(this.#calls)
    this.#clock.advance(10)
  }

  async #act(step: string): Promise<void> {
    this.#isGuardActing = true
    if (step === 'guard mutates' && this.#guard) {
      this.held.push(++this.#count)
      this.#guard.mutate({ type: 'note', note: `g${this.#count}` } as never)
    } else if (this.#guard === undefined) {
      const saved = this.#store.saved(this.#key)
      if (saved) await this.#store.assign(this.#key, saved)
    }
    this.#isGuardActing = false
  }

  #mutate(): Promise<unknown> {
    this.asked.push(++this.#count)
    return this.#store.mutate(this.#key, { type: 'note', note: `m${this.#count}` })
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
      on: {
        note: {
          actions: [
            assign({ notes: ({ context, event }) => [...context.notes, event.note] }),
            raise({ type: 'tick' }, { delay: 10 }),
          ],
        },
        tick: { actions: assign({ notes: ({ context }) => [...context.notes, 'd0'] }) },
      },
    }),
    { name: 'diary', revision: '1' },
  )
}
