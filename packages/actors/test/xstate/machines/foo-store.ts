import { createStore } from '@livestore-kv/actors'
import type { LiveStore } from '@livestore-kv/actors'
import { fromMachine } from '@livestore-kv/actors/xstate'
import type { SavedMachine } from '@livestore-kv/actors/xstate'
import { explosion } from '@livestore-kv/core/testing'
import type { FooTypes } from '@livestore-kv/core/testing'
import { assign, setup } from 'xstate'

type Foo = FooTypes['value']

const foo = fromMachine(
  setup({
    types: {
      context: {} as Foo,
      events: {} as FooTypes['mutation'],
      emitted: {} as FooTypes['message'],
      input: {} as Foo,
    },
  }).createMachine({
    context: ({ input }) => input,
    on: {
      setBar: { guard: ({ event }) => event.bar !== 42, actions: assign({ bar: ({ event }) => event.bar }) },
      setBaz: { actions: assign({ baz: ({ event }) => event.baz }) },
      explode: {
        actions: () => {
          throw explosion
        },
      },
    },
  }),
  { name: 'foo', revision: '1', select: ({ context }): Foo => context },
)

/**
 * A store of machines in the shape of the suite's own values: what is overwritten with a value becomes a saved state, and
 * what is not accepted is refused for the reason that the suite's handler gives.
 */
export function fooStore(options: object): LiveStore<FooTypes> {
  const machines = createStore(foo, { crash: { intensity: Infinity }, ...options })
  return translated(machines) as unknown as LiveStore<FooTypes>
}

type Call = (...args: unknown[]) => unknown

const TRANSLATIONS: Readonly<Record<string, (call: Call) => Call>> = {
  assign: (call) => (key, value, options) =>
    after(call(key, saved(value as Foo), options), (answer) => answer),
  set: (call) => (value, message) => call(saved(value as Foo), message),
  update:
    (call) =>
    (...args) =>
      after(
        call(
          ...args.map((argument) => (typeof argument === 'function' ? savedBy(argument as Call) : argument)),
        ),
        (answer) => answer,
      ),
  mutate:
    (call) =>
    (...args) =>
      after(call(...args), refusal),
  acquire:
    (call) =>
    (...args) =>
      after(call(...args), translated),
  tryAcquire:
    (call) =>
    (...args) =>
      after(call(...args), translated),
  withLock: (call) => (key, run, options) =>
    call(key, (guard: unknown) => (run as Call)(translated(guard)), options),
}

/** `target`, a store or a guard, with its calls translated. */
function translated(target: unknown): unknown {
  if (typeof target !== 'object' || target === null) return target
  return new Proxy(target, {
    get(_, name) {
      const member = Reflect.get(target, name, target) as unknown
      if (typeof member !== 'function') return member
      const call = member.bind(target) as Call
      const translate =
        typeof name === 'string' && Object.hasOwn(TRANSLATIONS, name) ? TRANSLATIONS[name] : undefined
      // Every promise takes one tick longer, or those that are translated would be the last.
      return translate ? translate(call) : (...args: unknown[]) => after(call(...args), (answer) => answer)
    },
  })
}

function saved(context: Foo): SavedMachine {
  const state = { value: {}, context, children: {}, historyValue: {}, tags: [] }
  return { status: 'active', output: undefined, error: undefined, ...state }
}

function savedBy(change: Call): Call {
  return (value) => saved(change(value) as Foo)
}

function refusal(result: unknown): unknown {
  const { ok } = (result ?? {}) as { ok?: boolean }
  return ok === false ? { ok, error: 'bar-was-42' } : result
}

function after(answer: unknown, map: (answer: unknown) => unknown): unknown {
  return answer instanceof Promise ? answer.then(map) : map(answer)
}
