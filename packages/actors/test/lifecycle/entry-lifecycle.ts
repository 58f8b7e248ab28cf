import { assign, setup } from 'xstate'
import type { EventFrom, SnapshotFrom } from 'xstate'

/**
 * The life of one entry, as `docs/architecture.md` draws it. Its data is what a caller can count, changes and callers that
 * wait, and whether its time is up: nothing that is held expires, and a change saves it.
 */
export const entryLifecycle = setup({
  types: {
    context: {} as { version: number; waiting: number; isLate: boolean },
    events: {} as
      | { type: 'create' }
      | { type: 'mutate' }
      | { type: 'touch' }
      | { type: 'remove' }
      | { type: 'acquire' }
      | { type: 'ask' }
      | { type: 'cancel' }
      | { type: 'release' }
      | { type: 'lose' }
      | { type: 'guardMutates' }
      | { type: 'guardRemoves' }
      | { type: 'tell' }
      | { type: 'told' }
      | { type: 'timePasses' }
      | { type: 'sweep' },
  },
  actions: {
    begin: assign({ version: 1, waiting: 0, isLate: false }),
    change: assign({ version: ({ context }) => context.version + 1, isLate: false }),
    wait: assign({ waiting: ({ context }) => context.waiting + 1 }),
    leave: assign({ waiting: ({ context }) => context.waiting - 1 }),
    // Each of those who waited makes a change.
    serve: assign(({ context: { version, waiting, isLate } }) => ({
      version: version + waiting,
      waiting: 0,
      isLate: isLate && waiting === 0,
    })),
    run: assign({ isLate: true }),
    save: assign({ isLate: false }),
    end: assign({ version: 0, waiting: 0, isLate: false }),
  },
  guards: {
    isRoom: ({ context }) => context.waiting < 2,
    isStale: ({ context }) => context.isLate && context.waiting === 0,
    isWaiting: ({ context }) => context.waiting > 0,
  },
}).createMachine({
  id: 'entry',
  context: { version: 0, waiting: 0, isLate: false },
  initial: 'absent',
  states: {
    absent: { on: { create: { target: 'idle', actions: 'begin' } } },
    idle: {
      on: {
        mutate: { actions: 'change' },
        tell: { target: 'busy', actions: 'change' },
        acquire: 'held',
        timePasses: { target: 'expiring', actions: 'run' },
        remove: { target: 'removed', actions: 'end' },
      },
    },
    busy: {
      on: {
        ask: { guard: 'isRoom', actions: 'wait' },
        told: { target: 'idle', actions: 'serve' },
      },
    },
    held: {
      on: {
        ask: { guard: 'isRoom', target: '.waiting', actions: 'wait' },
        guardMutates: { actions: 'change' },
        release: [
          { guard: 'isStale', target: 'expiring' },
          { target: 'idle', actions: 'serve' },
        ],
        lose: [
          { guard: 'isStale', target: 'expiring' },
          { target: 'idle', actions: 'serve' },
        ],
        guardRemoves: { target: 'removed', actions: 'end' },
        sweep: { actions: () => {} },
      },
      initial: 'alone',
      states: {
        alone: {},
        waiting: { on: { cancel: { guard: 'isWaiting', target: 'checking', actions: 'leave' } } },
        checking: { always: [{ guard: 'isWaiting', target: 'waiting' }, { target: 'alone' }] },
      },
    },
    expiring: {
      on: {
        mutate: { target: 'idle', actions: 'change' },
        touch: { target: 'idle', actions: 'save' },
        acquire: 'held',
        remove: { target: 'removed', actions: 'end' },
        sweep: { target: 'removed', actions: 'end' },
      },
    },
    removed: { on: { create: { target: 'idle', actions: 'begin' } } },
  },
})

/** What happens to an entry. */
export type Step = EventFrom<typeof entryLifecycle>

/** Everything that can happen to one. */
export const events: readonly Step[] = [...new Set(entryLifecycle.events)].map(
  // None of them is a wildcard.
  (type) => ({ type }) as Step,
)

/** Where the model stands, however often the entry was changed. */
export function place({ value, context: { waiting, isLate } }: SnapshotFrom<typeof entryLifecycle>): string {
  return JSON.stringify([value, waiting, isLate])
}
