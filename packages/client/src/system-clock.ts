import type { Clock } from '@livestore-kv/core'

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Platforms take a longer delay for none.
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(ms, 2 ** 31 - 1)),
  clearTimeout: (timer) => {
    // Only what `setTimeout` above returned comes back.
    clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}
