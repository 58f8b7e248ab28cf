import { assign, cancel, createMachine, raise, sendTo } from 'xstate'
import type { Specimen } from './specimen.ts'

/** Machines with delays. */
export const timed: readonly Specimen[] = [
  {
    name: 'after, of several delays and with guards',
    events: [{ type: 'pause' }, { type: 'resume' }, { type: 'again' }],
    make: ({ log }) =>
      createMachine({
        context: { rounds: 0 },
        initial: 'red',
        states: {
          red: {
            entry: assign({ rounds: ({ context }) => context['rounds'] + 1 }),
            after: {
              3: { actions: () => log('soon green') },
              5: { guard: ({ context }) => context['rounds'] < 4, target: 'green' },
              9: 'off',
            },
            on: { pause: 'paused', again: { target: 'red', reenter: true } },
          },
          green: { after: { 2: 'red' }, on: { pause: 'paused' } },
          paused: { on: { resume: 'red' } },
          off: { type: 'final' },
        },
      }),
  },
  {
    name: 'delayed raise and sendTo, cancelled by name',
    events: [{ type: 'later' }, { type: 'never' }, { type: 'self' }, { type: 'tick' }, { type: 'zero' }],
    make: ({ log }) =>
      createMachine({
        context: { ticks: 0 },
        on: {
          later: { actions: raise({ type: 'tick' }, { delay: 4, id: 'tick' }) },
          never: { actions: cancel('tick') },
          self: { actions: sendTo(({ self }) => self, { type: 'tick' }, { delay: 2 }) },
          zero: { actions: [raise({ type: 'tick' }, { delay: 0 }), () => log('zero')] },
          tick: { actions: [assign({ ticks: ({ context }) => context['ticks'] + 1 }), () => log('tick')] },
        },
      }),
  },
  {
    name: 'delays in parallel regions and nested states',
    events: [{ type: 'leave' }, { type: 'enter' }],
    make: ({ log }) =>
      createMachine({
        type: 'parallel',
        states: {
          a: {
            initial: 'in',
            states: {
              in: {
                initial: 'one',
                after: { 7: { target: 'out', actions: () => log('a out') } },
                states: { one: { after: { 3: 'two' } }, two: { after: { 3: 'one' } } },
                on: { leave: 'out' },
              },
              out: { on: { enter: 'in' } },
            },
          },
          b: {
            initial: 'one',
            states: {
              one: { after: { 3: { target: 'two', actions: () => log('b two') } } },
              two: { after: { 4: { target: 'one', actions: () => log('b one') } } },
            },
          },
        },
      }),
  },
]
