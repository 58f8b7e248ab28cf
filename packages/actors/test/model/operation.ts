import fc from 'fast-check'

/** The options of one call: which of the guards so far lends its token, and so on. */
const turnOptions = {
  guard: fc.option(fc.nat(8), { nil: undefined, freq: 4 }),
  ifVersion: fc.option(fc.nat(3), { nil: undefined, freq: 5 }),
  timeoutMs: fc.option(fc.constantFrom(100, 300), { nil: undefined, freq: 2 }),
  signal: fc.boolean(),
}
const turn = fc.record(turnOptions)
const write = fc.record({ ...turnOptions, message: fc.boolean() })
const patience = turn.map(({ timeoutMs, signal }) => ({ timeoutMs, signal }))
const hold = fc.record({
  leaseMs: fc.option(fc.constantFrom(100, 200), { nil: undefined }),
  holder: fc.option(fc.constantFrom('ada', 'bob'), { nil: undefined }),
})
// Most calls meet on one entry.
const key = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4))
const which = fc.nat(8)
const bar = fc.nat(9)
const mutation = fc.oneof({ weight: 4, arbitrary: bar }, fc.constant(42), fc.constant('explode' as const))

/** One call, or something that happens around the calls. */
export const operation = fc.oneof(
  fc.record({ call: fc.constant('init'), bar }),
  fc.record({ call: fc.constant('create'), key, bar }),
  fc.record({ call: fc.constant('assign'), key, bar, turn: write }),
  fc.record({ call: fc.constant('insert'), key, bar, turn: write }),
  fc.record({ call: fc.constant('remove'), key, turn: write }),
  fc.record({ call: fc.constant('mutate'), key, mutation, turn }),
  fc.record({ call: fc.constant('update'), key, turn: write }),
  fc.record({ call: fc.constant('broadcast'), key }),
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant('watch'),
      key,
      awaitCreation: fc.boolean(),
      signal: fc.boolean(),
    }),
  },
  fc.record({ call: fc.constant('watchAll'), signal: fc.boolean() }),
  { weight: 2, arbitrary: fc.record({ call: fc.constant('acquire'), key, turn: patience, hold }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('tryAcquire'), key, hold }) },
  fc.record({ call: fc.constant('withLock'), key, turn: patience, hold }),
  fc.record({ call: fc.constant('touch'), key }),
  fc.record({
    call: fc.constant('expireIn'),
    key,
    ms: fc.option(fc.constantFrom(100, 1_000), { nil: undefined }),
  }),
  fc.record({ call: fc.constant('guard.mutate'), which, mutation }),
  fc.record({ call: fc.constant('guard.set'), which, bar, message: fc.boolean() }),
  fc.record({ call: fc.constant('guard.update'), which }),
  fc.record({ call: fc.constant('guard.remove'), which, message: fc.boolean() }),
  fc.record({ call: fc.constant('guard.broadcast'), which }),
  fc.record({ call: fc.constant('guard.watch'), which }),
  fc.record({ call: fc.constant('guard.renew'), which, leaseMs: fc.constantFrom(100, 200) }),
  { weight: 3, arbitrary: fc.record({ call: fc.constant('guard.release'), which }) },
  fc.record({ call: fc.constant('abort'), which }),
  { weight: 3, arbitrary: fc.record({ call: fc.constant('watch.read'), which }) },
  fc.record({ call: fc.constant('watch.onUpdate'), which }),
  fc.record({ call: fc.constant('watch.close'), which }),
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('advance'), ms: fc.constantFrom(10, 60, 150, 500) }),
  },
)

export type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never
