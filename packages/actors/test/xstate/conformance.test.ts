import { describeLiveStore, FakeClock } from '@livestore-kv/core/testing'
import type { Engine } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'
import { fooStore } from './machines/foo-store.ts'

function createEngine(): Engine {
  const clock = new FakeClock()
  return {
    create: (_, options) => fooStore({ onError: () => {}, ...options, clock }),
    advance: (ms) => clock.advance(ms),
  }
}

const capabilities = { fifo: true, expireOnce: true, syncReads: true, tellsInOrder: true }
describeLiveStore('a store of machines', { describe, it, expect }, createEngine, capabilities)
