import { createStore } from '@livestore-kv/actors'
import { describeLiveStore, FakeClock } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

const capabilities = { fifo: true, expireOnce: true, syncReads: true, tellsInOrder: true }

describeLiveStore('the in-memory store', { describe, it, expect }, capabilities, () => {
  const clock = new FakeClock()
  return {
    create: (definition, options) => createStore(definition, { ...options, clock }),
    advance: (ms) => clock.advance(ms),
  }
})
