import type { Clock } from '@livestore-kv/core'

/** The real time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms).unref(),
  clearTimeout: (timer) => {
    // Only what `setTimeout` above returned comes back.
    clearTimeout(timer as NodeJS.Timeout)
  },
}
