import { FakeClock } from '@livestore-kv/core/testing'

/** The time of the rooms stands still until a test moves it; it begins now, as the pages' does. */
export function stoppedClock(): FakeClock {
  return new FakeClock(Date.now())
}
