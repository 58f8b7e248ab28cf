import {
  assign,
  createMachine,
  emit,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  sendParent,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate'
import type { AnyActorRef, AnyEventObject, EventObject, Observer, Subscribable } from 'xstate'
import type { Specimen, Surroundings } from './specimen.ts'

/** Machines with children. */
export const families: readonly Specimen[] = [
  {
    name: 'a promise that is invoked',
    events: [{ type: 'load' }, { type: 'cancel' }, { type: 'strict' }],
    make: ({ log, promise }) =>
      createMachine({
        context: { result: undefined as unknown },
        initial: 'idle',
        states: {
          idle: { on: { load: 'loading', strict: 'strict' } },
          loading: {
            invoke: {
              src: fromPromise(() => promise()),
              onDone: { target: 'loaded', actions: assign({ result: ({ event }) => event['output'] }) },
              onError: { target: 'idle', actions: () => log('failed') },
            },
            on: { cancel: 'idle' },
          },
          // Nobody handles what it fails with.
          strict: { invoke: { src: fromPromise(() => promise()), onDone: 'idle' }, on: { cancel: 'idle' } },
          loaded: { on: { load: 'loading', cancel: 'idle' } },
        },
      }),
  },
  {
    name: 'a callback that answers and is cleaned up',
    events: [{ type: 'start' }, { type: 'stop' }, { type: 'ping' }],
    make: ({ log }) =>
      createMachine({
        context: { pongs: 0 },
        initial: 'off',
        states: {
          off: { on: { start: 'on' } },
          on: {
            invoke: {
              id: 'echo',
              src: fromCallback(({ sendBack, receive }) => {
                log('callback starts')
                sendBack({ type: 'pong' })
                receive(() => {
                  sendBack({ type: 'pong' })
                  log('callback heard')
                })
                return () => log('callback ends')
              }),
            },
            on: {
              stop: 'off',
              ping: { actions: sendTo('echo', { type: 'ping' }) },
              pong: {
                actions: [assign({ pongs: ({ context }) => context['pongs'] + 1 }), () => log('pong')],
              },
            },
          },
        },
      }),
  },
  {
    name: 'observables that are invoked',
    events: [{ type: 'watch' }, { type: 'stop' }, { type: 'listen' }],
    make: ({ log }) =>
      createMachine({
        context: { seen: [] as unknown[] },
        initial: 'idle',
        states: {
          idle: { on: { watch: 'watching', listen: 'listening' } },
          watching: {
            invoke: {
              src: fromObservable(() => counting<number>([1, 2, 3], log)),
              onSnapshot: {
                actions: assign({
                  seen: ({ context, event }) => [...context['seen'], event['snapshot'].context],
                }),
              },
              onDone: { target: 'idle', actions: () => log('completed') },
            },
            on: { stop: 'idle' },
          },
          listening: {
            invoke: { src: fromEventObservable(() => counting<EventObject>([{ type: 'heard' }], log)) },
            on: { heard: { actions: () => log('heard') }, stop: 'idle' },
          },
        },
      }),
  },
  {
    name: 'a machine that is invoked, with delays, output and messages to its parent',
    events: [{ type: 'begin' }, { type: 'poke' }, { type: 'abort' }],
    make: (surroundings) =>
      createMachine({
        context: { outputs: [] as unknown[] },
        initial: 'idle',
        states: {
          idle: { on: { begin: 'working' } },
          working: {
            invoke: {
              id: 'worker',
              src: worker(surroundings),
              input: { limit: 2 },
              onDone: {
                target: 'idle',
                actions: assign({
                  outputs: ({ context, event }) => [...context['outputs'], event['output']],
                }),
              },
              onSnapshot: {
                actions: ({ event }: { event: AnyEventObject }) =>
                  surroundings.log(`snapshot ${String(event['snapshot'].value)}`),
              },
            },
            on: {
              abort: 'idle',
              poke: { actions: sendTo('worker', { type: 'poke' }) },
              report: {
                actions: emit(({ event }: { event: AnyEventObject }) => ({
                  type: 'reported',
                  pokes: event['pokes'] as unknown,
                })),
              },
            },
          },
        },
      }),
  },
  {
    name: 'children that are spawned, talked to and stopped',
    events: [{ type: 'spawn' }, { type: 'poke' }, { type: 'kill' }, { type: 'tally' }, { type: 'act' }],
    make: (surroundings) =>
      createMachine({
        context: { ref: undefined as AnyActorRef | undefined, reports: 0 },
        entry: spawnChild(
          fromTransition((count: number) => count + 1, 0),
          { id: 'tally' },
        ),
        on: {
          spawn: {
            guard: ({ context }) => context['ref'] === undefined,
            actions: assign({
              ref: ({ spawn }) => spawn(worker(surroundings), { id: 'one', input: { limit: 3 } }),
            }),
          },
          poke: {
            guard: ({ context }) => context['ref'] !== undefined,
            actions: sendTo(({ context }) => context['ref'] as AnyActorRef, { type: 'poke' }),
          },
          kill: { actions: [stopChild('one'), assign({ ref: undefined })] },
          tally: { actions: sendTo('tally', { type: 'count' }) },
          report: {
            actions: [
              assign({ reports: ({ context }) => context['reports'] + 1 }),
              () => surroundings.log('report'),
            ],
          },
          act: {
            actions: ({ self }) => {
              surroundings.log('act')
              self.send({ type: 'report' })
            },
          },
        },
      }),
  },
  {
    name: 'children that are found by the names that they have in the system',
    events: [{ type: 'on' }, { type: 'off' }, { type: 'again' }, { type: 'say' }, { type: 'spawn' }],
    make: ({ log }) => {
      const clerk = createMachine({ on: { say: { actions: ({ self }) => log(`clerk ${self.id} heard`) } } })
      return createMachine({
        context: { spawned: false },
        initial: 'off',
        on: {
          spawn: {
            guard: ({ context }) => !context['spawned'],
            actions: [spawnChild(clerk, { id: 'spawned', systemId: 'spawned' }), assign({ spawned: true })],
          },
        },
        states: {
          off: { on: { on: 'on' } },
          on: {
            invoke: { id: 'invoked', src: clerk, systemId: 'clerk' },
            on: {
              off: 'off',
              again: { target: 'on', reenter: true },
              say: {
                actions: [
                  sendTo(({ system }) => system.get('clerk') as AnyActorRef, { type: 'say' }),
                  ({ system }) => log(Object.keys(system.getAll()).join()),
                ],
              },
            },
          },
        },
      })
    },
  },
  {
    name: 'a machine that is invoked and fails, because a child of its own does',
    events: [{ type: 'try' }, { type: 'insist' }, { type: 'stop' }],
    make: (surroundings) =>
      createMachine({
        initial: 'idle',
        states: {
          idle: { on: { try: 'trying', insist: 'insisting' } },
          trying: {
            invoke: {
              src: manager(surroundings),
              onDone: 'idle',
              onError: { target: 'idle', actions: () => surroundings.log('failed') },
            },
            on: { stop: 'idle' },
          },
          // Nobody handles what it fails with.
          insisting: { invoke: { src: manager(surroundings), onDone: 'idle' }, on: { stop: 'idle' } },
        },
      }),
  },
]

function manager({ log, promise }: Surroundings) {
  return createMachine({
    initial: 'first',
    states: {
      first: {
        invoke: [
          { src: fromCallback(() => () => log('listener ends')) },
          { src: fromPromise(() => promise()), onDone: 'second' },
        ],
        exit: () => log('exit first'),
        after: { 7: { actions: () => log('slow') } },
      },
      second: { invoke: { src: fromPromise(() => promise()), onDone: 'end' } },
      end: { type: 'final' },
    },
  })
}

function worker({ log }: Surroundings) {
  return createMachine({
    context: ({ input }) => ({ pokes: 0, limit: (input as { limit: number }).limit }),
    initial: 'waiting',
    output: ({ context }) => context['pokes'],
    states: {
      waiting: {
        after: { 6: 'tired' },
        on: {
          poke: {
            actions: [
              assign({ pokes: ({ context }) => context['pokes'] + 1 }),
              sendParent(({ context }) => ({ type: 'report', pokes: context['pokes'] })),
            ],
          },
        },
        always: { guard: ({ context }) => context['pokes'] >= context['limit'], target: 'end' },
      },
      tired: { entry: () => log('worker is tired'), on: { poke: 'waiting' }, after: { 10: 'end' } },
      end: { type: 'final', entry: () => log('worker ends') },
    },
  })
}

/** Gives all it has when it is subscribed to. */
function counting<V>(values: readonly V[], log: (line: string) => void): Subscribable<V> {
  return {
    subscribe: (observer: Observer<V> | ((value: V) => void)) => {
      log('subscribed')
      for (const value of values) {
        if (typeof observer === 'function') observer(value)
        else observer.next?.(value)
      }
      if (typeof observer !== 'function') observer.complete?.()
      return { unsubscribe: () => log('unsubscribed') }
    },
  }
}
