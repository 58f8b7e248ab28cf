import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { families } from './machines/families.ts'
import type { Specimen } from './machines/specimen.ts'
import { statics } from './machines/statics.ts'
import { timed } from './machines/timed.ts'
import { bareTwin, storedTwin } from './machines/twin.ts'
import type { Step } from './machines/twin.ts'

const runs = Number(process.env['LIVESTORE_RUNS'] ?? 60)
const seed = process.env['LIVESTORE_SEED'] === undefined ? undefined : Number(process.env['LIVESTORE_SEED'])

describe('a machine in a store', () => {
  it.each([...statics, ...timed, ...families])(
    'does what a bare XState actor does, action by action: $name',
    async (specimen) => {
      await fc.assert(
        fc.asyncProperty(steps(specimen), async (walk) => {
          const { bare, stored } = await compared(specimen, walk)
          expect(stored).toEqual(bare)
        }),
        { numRuns: runs, ...(seed !== undefined && { seed }) },
      )
    },
  )
})

describe('a machine that is kept and restored at any time', () => {
  it.each([...statics, ...timed])(
    'does what a bare XState actor does that never was: $name',
    async (specimen) => {
      const walks = steps(specimen, { weight: 2, arbitrary: fc.constant({ type: 'restore' } as const) })
      await fc.assert(
        fc.asyncProperty(walks, async (walk) => {
          const { bare, stored } = await compared(specimen, walk)
          // XState restores states in the order of the configuration, and their tags with them.
          expect(stored.map(tagsSorted)).toEqual(bare.map(tagsSorted))
        }),
        { numRuns: runs, ...(seed !== undefined && { seed }) },
      )
    },
  )
})

describe('delays of one name', () => {
  const named = timed.find(({ name }) => name.startsWith('delayed raise')) as Specimen
  const later = { type: 'send', event: { type: 'later' } } as const
  const never = { type: 'send', event: { type: 'never' } } as const
  const wait = { type: 'wait', ms: 2 } as const

  it.each([
    ['the newest alone is cancelled', [later, wait, later, never, wait, wait, wait]],
    ['none is, once one of them is over', [later, wait, later, wait, never, wait, wait]],
  ])('are those of XState: %s', async (_, walk) => {
    const { bare, stored } = await compared(named, walk)

    expect(stored).toEqual(bare)
  })
})

function steps(
  { events }: Specimen,
  ...more: { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[]
): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...events).map((event) => ({ type: 'send', event }) as const) },
    { weight: 3, arbitrary: fc.nat(9).map((ms) => ({ type: 'wait', ms }) as const) },
    { weight: 2, arbitrary: fc.boolean().map((resolves) => ({ type: 'settle', resolves }) as const) },
    ...more,
  )
  return fc.array(step, { maxLength: 25 })
}

/** What was seen of the specimen at every step, on either side. */
async function compared(
  specimen: Specimen,
  walk: readonly Step[],
): Promise<{ readonly bare: object[]; readonly stored: object[] }> {
  const bareOne = bareTwin(specimen)
  const storedOne = storedTwin(specimen)
  const bare = [bareOne.look()]
  const stored = [storedOne.look()]
  for (const step of walk) {
    await bareOne.perform(step)
    await storedOne.perform(step)
    bare.push(bareOne.look())
    stored.push(storedOne.look())
  }
  await bareOne.close()
  await storedOne.close()
  return { bare, stored }
}

function tagsSorted(look: object): object {
  const { tags } = look as { tags: readonly string[] }
  return { ...look, tags: [...tags].sort() }
}
