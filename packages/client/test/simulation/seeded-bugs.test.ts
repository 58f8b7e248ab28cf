import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parts } from './parts.ts'
import type { Parts } from './parts.ts'
import { STEPS } from './run-seeds.ts'
import { seededBugs } from './seeded-bugs.ts'
import { simulate } from './simulate.ts'

type PackageName = keyof typeof seededBugs

const packages = new URL('../../../', import.meta.url)
/** Where each package's part of a simulation comes from. */
const ENTRIES = { client: 'index.ts', 'fastify-plugin': 'create-endpoint.ts' } as const
/** More than any of the bugs needs. */
const SEEDS = 400

const bugs = Object.entries(seededBugs).flatMap(([name, byName]) =>
  Object.entries(byName).map(([bug, seeded]) => ({ bug, packageName: name as PackageName, ...seeded })),
)

async function partsWith(bug: string, packageName: PackageName): Promise<Parts> {
  // The plugin of the test configuration serves the same module with the bug in it.
  const { pathname } = new URL(`${packageName}/src/${ENTRIES[packageName]}`, packages)
  const specifier = `${pathname}?bug=${bug}`
  return { ...parts, ...((await import(/* @vite-ignore */ specifier)) as Partial<Parts>) }
}

/** The first seed with which something goes wrong. */
async function noticedBy(faulty: Parts): Promise<number | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const isNoticed = await simulate(faulty, seed, STEPS).then(
      ({ faults }) => faults.length > 0,
      () => true,
    )
    if (isNoticed) return seed
  }
  return undefined
}

describe('the seeded bugs of client and server', { timeout: 120_000 }, () => {
  it.each(bugs)('$bug is in the source as the text that it changes', async ({ packageName, file, find }) => {
    const source = await readFile(new URL(`${packageName}/src/${file}`, packages), 'utf8')

    expect(source.split(find).length).toBeGreaterThan(1)
  })

  it.each(bugs)('$bug is noticed by the simulation', async ({ bug, packageName }) => {
    const faulty = await partsWith(bug, packageName)

    expect(await noticedBy(faulty)).toBeDefined()
  })
})
