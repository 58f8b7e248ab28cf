import { createStore } from '@livestore-kv/actors'
import { describeLiveStore, FakeClock } from '@livestore-kv/core/testing'
import type { Engine } from '@livestore-kv/core/testing'
import { describe, expect, it } from 'vitest'

function createEngine(): Engine {
  const clock = new FakeClock()
  const create: Engine['create'] = (foo, options) => createStore(foo, { ...options, clock })
  return { create, advance: (ms) => clock.advance(ms) }
}

const capabilities = { fifo: true, expireOnce: true, syncReads: true, tellsInOrder: true }
describeLiveStore('the in-memory store', { describe, it, expect }, createEngine, capabilities)
