import type { LiveStore } from '../live-store.ts'
import type { Capabilities, Engine, EngineOptions } from './engine.ts'
import { foo } from './foo.ts'
import type { FooTypes } from './foo.ts'
import type { TestRunner } from './test-runner.ts'

/** A store that one test uses, and the time that passes for it. */
export interface Trial extends AsyncDisposable {
  readonly store: LiveStore<FooTypes>
  readonly advance: (ms: number) => Promise<void>
}

/** What every group of guarantees is written with. */
export interface ConformanceSuite extends TestRunner {
  readonly capabilities: Capabilities
  /** Starts a fresh engine with one store, which is closed with the trial. */
  readonly start: (options?: EngineOptions) => Promise<Trial>
}

/** A store of a fresh engine. */
export async function startTrial(createEngine: () => Engine, options: EngineOptions = {}): Promise<Trial> {
  const engine = createEngine()
  const store = await engine.create(foo, options)
  return {
    store,
    advance: async (ms) => engine.advance(ms),
    [Symbol.asyncDispose]: () => store.close(),
  }
}
