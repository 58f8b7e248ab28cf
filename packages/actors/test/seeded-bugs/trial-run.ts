import { describeLiveStore, FakeClock } from '@livestore-kv/core/testing'
import type { Engine } from '@livestore-kv/core/testing'
import { expect } from 'vitest'
import type { CreateStore } from '../model/world.ts'

const capabilities = { fifo: true, expireOnce: true, syncReads: true, tellsInOrder: true }

/** Nothing here waits for anything but microtasks, so a test that is not over by then never ends. */
async function isOver(test: Promise<unknown>): Promise<boolean> {
  let over = false
  const end = (): void => {
    over = true
  }
  test.then(end, end)
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  return over
}

/** The groups of the conformance suite in which a test fails or hangs, of those that `isWanted`. */
export async function failingGroups(
  create: CreateStore,
  isWanted: (group: string) => boolean = () => true,
): Promise<ReadonlySet<string>> {
  const tests: { readonly group: string; readonly body: () => Promise<void> }[] = []
  let group = ''
  const describe = (name: string, body: () => void): void => {
    group = name
    body()
  }
  const it = (_: string, body: () => Promise<void>): unknown => tests.push({ group, body })
  const createEngine = (): Engine => {
    const clock = new FakeClock()
    const createFoos: Engine['create'] = (foo, options) => create(foo, { ...options, clock })
    return { create: createFoos, advance: (ms) => clock.advance(ms) }
  }
  describeLiveStore('', { describe, it, expect }, createEngine, capabilities)

  const failing = new Set<string>()
  for (const test of tests) {
    if (failing.has(test.group) || !isWanted(test.group)) continue
    const run = test.body()
    run.catch(() => failing.add(test.group))
    if (!(await isOver(run))) failing.add(test.group)
  }
  return failing
}
