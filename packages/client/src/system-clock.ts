import type { Clock } from '@livestore-kv/core'

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => {
    // Only what `setTimeout` above returned comes back.
    clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}
