import { assign, createMachine, enqueueActions, emit, raise } from 'xstate'
import type { Specimen } from './specimen.ts'

/** Machines without children or delays. */
export const statics: readonly Specimen[] = [
  {
    name: 'parallel regions that finish',
    events: [{ type: 'a' }, { type: 'b' }, { type: 'both' }, { type: 'reset' }],
    make: ({ log }) =>
      createMachine({
        type: 'parallel',
        output: { finished: true },
        exit: () => log('exit root'),
        states: {
          left: {
            initial: 'one',
            states: {
              one: { on: { a: 'two', both: 'two' }, exit: () => log('exit left.one') },
              two: { tags: 'left', entry: () => log('enter left.two'), on: { a: 'end', reset: 'one' } },
              end: { type: 'final' },
            },
            onDone: { actions: () => log('left is done') },
          },
          right: {
            initial: 'one',
            states: {
              one: { on: { b: 'two', both: { target: 'two', actions: () => log('both') } } },
              two: { tags: ['right', 'both'], on: { b: 'end', reset: 'one' } },
              end: { type: 'final' },
            },
          },
        },
      }),
  },
  {
    name: 'shallow and deep history',
    events: [{ type: 'next' }, { type: 'off' }, { type: 'shallow' }, { type: 'deep' }, { type: 'in' }],
    make: ({ log }) =>
      createMachine({
        initial: 'on',
        states: {
          on: {
            initial: 'a',
            on: { off: 'off' },
            exit: () => log('exit on'),
            states: {
              a: { on: { next: 'b' } },
              b: {
                initial: 'b1',
                on: { next: 'a' },
                states: { b1: { on: { in: 'b2' } }, b2: { entry: () => log('enter b2') } },
              },
              recent: { type: 'history', history: 'shallow' },
              exact: { type: 'history', history: 'deep' },
            },
          },
          off: { on: { shallow: 'on.recent', deep: '#(machine).on.exact' } },
        },
      }),
  },
  {
    name: 'guards, always, raise and assign',
    events: [{ type: 'add' }, { type: 'sub' }, { type: 'jump' }, { type: 'nobody' }, { type: 'constructor' }],
    make: ({ log }) =>
      createMachine({
        context: { count: 0 },
        initial: 'low',
        on: {
          add: { actions: [assign({ count: ({ context }) => context['count'] + 1 }), () => log('add')] },
          sub: {
            guard: ({ context }) => context['count'] > 0,
            actions: assign({ count: ({ context }) => context['count'] - 1 }),
          },
          jump: { actions: [raise({ type: 'add' }), raise({ type: 'add' }), () => log('jump')] },
        },
        states: {
          low: {
            always: {
              guard: ({ context }) => context['count'] >= 3,
              target: 'high',
              actions: () => log('up'),
            },
          },
          high: {
            entry: raise({ type: 'sub' }),
            always: { guard: ({ context }) => context['count'] < 2, target: 'low' },
            on: { jump: undefined },
          },
        },
      }),
  },
  {
    name: 'what only acts, emits or re-enters',
    events: [
      { type: 'act' },
      { type: 'emit' },
      { type: 'again' },
      { type: 'inner' },
      { type: 'forbidden' },
      { type: 'many' },
      { type: 'some.thing' },
      { type: 'else' },
    ],
    make: ({ log }) =>
      createMachine({
        context: { count: 0 },
        initial: 'only',
        on: {
          forbidden: { actions: () => log('never') },
          'some.*': { actions: ({ event }) => log(event.type) },
        },
        states: {
          only: {
            entry: () => log('enter'),
            exit: () => log('exit'),
            on: {
              act: { actions: () => log('act') },
              emit: { actions: emit({ type: 'said', of: 'emit' }) },
              again: { target: 'only', reenter: true },
              inner: { target: 'only' },
              forbidden: {},
              many: {
                actions: enqueueActions(({ enqueue, check }) => {
                  enqueue.assign(({ context }: { context: Record<string, number> }) => ({
                    count: (context['count'] ?? 0) + 1,
                  }))
                  enqueue(() => log('many'))
                  if (check(({ context }) => context['count'] > 1)) {
                    enqueue.emit({ type: 'said by many' })
                  }
                  enqueue.raise({ type: 'act' })
                }),
              },
            },
          },
        },
      }),
  },
  {
    name: 'wildcards and nested final states',
    events: [{ type: 'go' }, { type: 'done' }, { type: 'whatever' }, { type: 'stop' }],
    make: ({ log }) =>
      createMachine({
        initial: 'work',
        output: ({ event }) => ({ last: event.type }),
        states: {
          work: {
            initial: 'first',
            states: {
              first: { on: { go: 'second' } },
              second: { on: { done: 'ended', '*': { actions: ({ event }) => log(`any ${event.type}`) } } },
              ended: { type: 'final', output: 'of second', entry: () => log('ended') },
            },
            onDone: { target: 'after', actions: ({ event }) => log(`done with ${String(event['output'])}`) },
          },
          after: { on: { stop: 'end', go: 'work' } },
          end: { type: 'final' },
        },
      }),
  },
  {
    name: 'failing actions and guards, and sends to itself',
    events: [{ type: 'self' }, { type: 'count' }, { type: 'throw' }, { type: 'guard' }, { type: 'loop' }],
    make: ({ log }) =>
      createMachine({
        context: { count: 0 },
        initial: 'calm',
        options: { maxIterations: 50 },
        on: {
          self: {
            actions: [
              ({ self }) => self.send({ type: 'count' }),
              () => log('self'),
              ({ self }) => self.send({ type: 'count' }),
            ],
          },
          count: { actions: [assign({ count: ({ context }) => context['count'] + 1 }), () => log('count')] },
        },
        states: {
          calm: {
            on: {
              throw: {
                guard: ({ context }) => context['count'] > 2,
                actions: () => {
                  throw new Error('thrown by an action')
                },
              },
              guard: {
                guard: ({ context }) => {
                  if (context['count'] > 3) throw new Error('thrown by a guard')
                  return false
                },
                target: 'calm',
              },
            },
          },
        },
      }),
  },
]
