import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStore } from '@livestore-kv/actors'
import { interleavings } from './model/interleaving.ts'
import { reactingListeners } from './model/reactions.ts'
import type { CreateStore } from './model/world.ts'
import { seededBugs } from './seeded-bugs/seeded-bugs.ts'
import { failingGroups } from './seeded-bugs/trial-run.ts'

// Tests that fail half-way leave promises behind that reject with nobody listening, which is no news here.
const listeners = process.listeners('unhandledRejection')

beforeAll(() => {
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', () => undefined)
})

afterAll(() => {
  process.removeAllListeners('unhandledRejection')
  for (const listener of listeners) process.on('unhandledRejection', listener)
})

async function createStoreWith(bug: string): Promise<CreateStore> {
  // The plugin of the test configuration serves the same module with the bug in it.
  const { pathname } = new URL('../src/index.ts', import.meta.url)
  const specifier = `${pathname}?bug=${bug}`
  const faulty = (await import(/* @vite-ignore */ specifier)) as { readonly createStore: CreateStore }
  return faulty.createStore
}

const properties = { interleavings, listeners: reactingListeners }

async function fails(name: keyof typeof properties, create: CreateStore, numRuns: number): Promise<boolean> {
  const { failed } = await fc.check(properties[name](create), { seed: 1, numRuns, endOnFailure: true })
  return failed
}

describe('the seeded bugs', { timeout: 60_000 }, () => {
  it('are not in the store itself', async () => {
    expect([...(await failingGroups(createStore))]).toEqual([])
    expect(await fails('interleavings', createStore, 100)).toBe(false)
    expect(await fails('listeners', createStore, 100)).toBe(false)
  })

  it.each(Object.entries(seededBugs))('%s is in the source as the text that it changes', async (_, bug) => {
    const source = await readFile(new URL(`../src/${bug.file}`, import.meta.url), 'utf8')

    expect(source.split(bug.find).length).toBeGreaterThan(1)
  })

  it.each(Object.entries(seededBugs))(
    '%s is noticed by the tests of its guarantee',
    async (name, { breaks }) => {
      const failing = await failingGroups(await createStoreWith(name), (group) =>
        group.startsWith(`${breaks}. `),
      )

      expect(failing.size).toBeGreaterThan(0)
    },
  )

  const random = Object.entries(seededBugs).flatMap(([name, { property }]) =>
    property ? [[name, property] as const] : [],
  )
  it.each(random)('%s is noticed by the property of %s', async (name, property) => {
    expect(await fails(property, await createStoreWith(name), 2_000)).toBe(true)
  })
})
