import fc from 'fast-check'
import { operation } from './operation.ts'
import { perform } from './perform.ts'
import type { ReferenceOptions } from './reference-options.ts'
import { World } from './world.ts'
import type { CreateStore } from './world.ts'

// Without `expiry` a store sweeps every second, for the deadlines that entries have of their own.
const never = fc.constant({ timeoutMs: Infinity, sweepMs: 1_000, keepsWatched: false })
const expiry = fc.record({
  timeoutMs: fc.constant(400),
  sweepMs: fc.constant(50),
  keepsWatched: fc.boolean(),
})
const bounds = fc.record({
  maxEntries: fc.constantFrom(4, 100),
  mailboxCapacity: fc.constantFrom(2, 100),
  waitTimeoutMs: fc.constant(1_000),
  channelCapacity: fc.constantFrom(1, 3, 64),
})
const options: fc.Arbitrary<ReferenceOptions> = fc
  .tuple(bounds, fc.oneof(never, { weight: 3, arbitrary: expiry }))
  .map(([some, others]) => ({ ...some, ...others }))

/** Any interleaving of any calls does on the store what it does on the model, and leaves nothing behind. */
export function interleavings(create: CreateStore): fc.IAsyncPropertyWithHooks<unknown> {
  const before = fc.array(operation, { minLength: 1, maxLength: 30, size: 'max' })
  const after = fc.array(operation, { maxLength: 8, size: 'max' })
  return fc.asyncProperty(options, before, fc.boolean(), after, async (chosen, calls, isPatient, late) => {
    const world = new World(create, chosen)
    for (const key of world.keys.slice(0, 2)) {
      world.ask(
        'create',
        () => world.store.create(key, { bar: 0, baz: 0 }),
        () => world.reference.create(key, 0),
      )
    }
    await world.compare('creating')

    // Each duration gets a binary digit of its own, so that no two moments are the same.
    for (const [index, call] of calls.entries()) await perform(world, call, 2 ** -(index + 1))
    // Whoever waits is late by then, or else hears that the store closes.
    if (isPatient) await world.advance(1_500)
    if (isPatient && world.unanswered.length > 0)
      throw new Error(`nobody answered ${world.unanswered.join()}`)
    await world.close()
    for (const call of late) await perform(world, call, 0)
    if (world.unanswered.length > 0) throw new Error(`close left ${world.unanswered.join()} unanswered`)
  })
}
