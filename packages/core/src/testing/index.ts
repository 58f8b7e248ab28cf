/// <reference lib="esnext.disposable" preserve="true" />
export { describeLiveStore } from './describe-live-store.ts'
export type { Capabilities, Engine, EngineOptions } from './engine.ts'
export { errorOf } from './error-of.ts'
export { FakeClock } from './fake-clock.ts'
export { explosion, foo } from './foo.ts'
export type { FooTypes } from './foo.ts'
export type { Assertion, TestRunner } from './test-runner.ts'
export { UpdateReader } from './update-reader.ts'
