import type { Capabilities, Engine } from './engine.ts'
import { startTrial } from './conformance-suite.ts'
import type { ConformanceSuite } from './conformance-suite.ts'
import { describeBounds } from './guarantees/bounds.ts'
import { describeCalls } from './guarantees/calls.ts'
import { describeClosing } from './guarantees/closing.ts'
import { describeExpiry } from './guarantees/expiry.ts'
import { describeGuards } from './guarantees/guards.ts'
import { describeIncarnations } from './guarantees/incarnations.ts'
import { describeLagging } from './guarantees/lagging.ts'
import { describeOneAtATime } from './guarantees/one-at-a-time.ts'
import { describeOptions } from './guarantees/options.ts'
import { describeOrder } from './guarantees/order.ts'
import { describeRefusals } from './guarantees/refusals.ts'
import { describeVersionChecks } from './guarantees/version-checks.ts'
import { describeWatches } from './guarantees/watches.ts'
import type { TestRunner } from './test-runner.ts'

/**
 * Describes what every `LiveStore` guarantees, as tests of the given runner, and what this engine claims beyond it.
 *
 * The tests await every answer and know nothing but the contract. `createEngine` is called once per test.
 *
 * @example
 * describeLiveStore('my engine', { describe, it, expect }, () => new MyEngine(), { fifo: true })
 */
export function describeLiveStore(
  name: string,
  runner: TestRunner,
  createEngine: () => Engine,
  capabilities: Capabilities = {},
): void {
  const suite: ConformanceSuite = {
    ...runner,
    capabilities,
    start: (options) => startTrial(createEngine, options),
  }

  runner.describe(name, () => {
    describeCalls(suite)
    describeVersionChecks(suite)
    describeOneAtATime(suite)
    describeGuards(suite)
    describeRefusals(suite)
    describeIncarnations(suite)
    describeWatches(suite)
    describeLagging(suite)
    describeOrder(suite)
    describeExpiry(suite)
    describeBounds(suite)
    describeOptions(suite)
    describeClosing(suite)
  })
}
