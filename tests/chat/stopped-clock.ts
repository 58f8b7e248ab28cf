import { FakeClock } from '../../packages/actors/test/fake-clock.ts'

/** The time of the rooms stands still until a test moves it; it begins now, as the pages' does. */
export function stoppedClock(): FakeClock {
  const clock = new FakeClock()
  clock.advance(Date.now() - clock.now())
  return clock
}
