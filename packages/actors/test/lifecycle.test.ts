import { getSimplePaths } from 'xstate/graph'
import { describe, expect, it } from 'vitest'
import { entryLifecycle, events, place } from './lifecycle/entry-lifecycle.ts'
import type { Step } from './lifecycle/entry-lifecycle.ts'
import { Walk } from './lifecycle/walk.ts'

/** Every way through the model that comes to no place twice, and from its end every step, back too. */
const paths = getSimplePaths(entryLifecycle, { events, serializeState: place, limit: 5_000 }).flatMap(
  ({ state, steps }) => {
    const path = steps.map(({ event }) => event as Step).filter(({ type }) => !type.startsWith('xstate.'))
    return events.filter((event) => state.can(event)).map((event) => [...path, event])
  },
)

describe('the lifecycle of an entry', () => {
  it('goes by every path of its model: idle, busy, held, waiting, expiring, removed', async () => {
    const walked = new Set<string>()
    for (const path of paths) {
      const walk = new Walk()
      await walk.go(path)
      for (const type of walk.taken) walked.add(type)
    }

    // Every event of the model was on some path.
    expect([...walked].sort()).toEqual(events.map(({ type }) => type).sort())
    expect(paths.length).toBeGreaterThan(100)
  })
})
