import { Delay } from './delay.ts'
import type { Stimulus } from './failure.ts'
import type { Life } from './life.ts'
import { savedDelay } from './saved-machine.ts'
import type { SavedMachine } from './saved-machine.ts'

/**
 * `saved`, from before the machine of `life` failed in `stimulus`, with what nobody would tell it a second time: a delay
 * has its whole time once more, and how a child ended waits to be carried out.
 */
export function withRetrial(saved: SavedMachine, life: Life, stimulus: Stimulus | undefined): SavedMachine {
  const { delays = [], jobs = [] } = saved
  if (stimulus instanceof Delay) {
    const again = savedDelay(life, stimulus, stimulus.lengthMs)
    return again ? { ...saved, delays: [...delays, again] } : saved
  }
  const { event, cause } = stimulus ?? {}
  // A delay that was over when it was saved is known by its event alone.
  if (event === undefined || (cause !== 'done' && cause !== 'delay')) return saved
  return { ...saved, jobs: [{ event, cause }, ...jobs] }
}
