import { describe, expect, it } from 'vitest'
import { FakeClock } from '@livestore-kv/core/testing'
import { screenshot } from './screenshot.ts'
import { Stage } from './stage.ts'
import { stoppedClock } from './stopped-clock.ts'
import type { Visitor } from './visitor.ts'

const HURRY = 'That was too fast.'
const DAY = 86_400_000

/** More than the room takes of one person while time stands still. */
async function hurry(visitor: Visitor): Promise<string[]> {
  const texts = Array.from({ length: 12 }, (_, index) => `Number ${index + 1}.`)
  for (const text of texts) await visitor.say(text)
  return texts
}

/** How far from the left its text begins, in pixels. */
function startOfText(element: Element): number {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range.getBoundingClientRect().left
}

describe('a message', () => {
  it('that is refused turns red with the reason, and is tried again or discarded by its author', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time'), colorScheme: 'dark' })
    const texts = await hurry(ada)
    const [eleventh, twelfth] = [ada.message('Number 11.'), ada.message('Number 12.')]

    for (const refused of [eleventh, twelfth]) await refused.getByText(HURRY).waitFor()
    await ben.message('Number 10.').waitFor()
    const toBen = await ben.said()
    await ada.page.screenshot({ path: screenshot('refused') })
    const wide = ada.page.viewportSize() ?? { width: 0, height: 0 }
    await ada.page.setViewportSize({ width: 320, height: 568 })
    const startOf = (selector: string): Promise<number> => twelfth.locator(selector).evaluate(startOfText)
    const starts = [await startOf('.text'), await startOf('.refused .flaw'), await startOf('[data-retry]')]
    await ada.page.screenshot({ path: screenshot('refused-phone') })
    await ada.page.setViewportSize(wide)
    await twelfth.getByRole('button', { name: 'Discard' }).click()
    clock.advance(5_000)
    await eleventh.getByRole('button', { name: 'Try again' }).click()
    await ben.message('Number 11.').waitFor()

    expect(starts.map(Math.round)).toEqual(Array(3).fill(Math.round(starts[0] ?? 0)))
    expect(toBen).toEqual(texts.slice(0, 10))
    expect(await ben.said()).toEqual(texts.slice(0, 11))
    await expect.poll(() => ada.said()).toEqual(texts.slice(0, 11))
    await expect.poll(() => ada.page.locator('.message.bad, .message.sending').count()).toBe(0)
  })

  it('that is refused is still there after a reload of the page', async () => {
    await using stage = await Stage.open({ clock: stoppedClock() })
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    const texts = await hurry(ada)
    await ada.message('Number 12.').getByText(HURRY).waitFor()

    await ada.page.reload()
    await ada.message('Number 12.').getByText('The page was left before').waitFor()

    expect(await ada.said()).toEqual(texts)
  })

  it('stands under the name of its day', async () => {
    const clock = new FakeClock(Date.now())
    await using stage = await Stage.open({ clock, idleMs: 3 * DAY, sweepMs: DAY })
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')

    await ada.say('Good night')
    await ada.say('Sleep well')
    await expect.poll(() => ada.page.locator('.message.sending').count()).toBe(0)
    clock.advance(DAY)
    await ada.say('Good morning')
    await expect.poll(() => ada.page.locator('.message.sending').count()).toBe(0)

    const days = ada.messages.filter({ has: ada.page.locator('.day:not(:empty)') })
    expect(await days.locator('.text').allTextContents()).toEqual(['Good night', 'Good morning'])
  })
})
