import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { screenshot } from './screenshot.ts'
import { Stage } from './stage.ts'
import type { Visitor } from './visitor.ts'

const lookOf = (visitor: Visitor): Promise<{ background: string; ink: string; overflow: number }> =>
  visitor.page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body)
    const overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth
    return { background: backgroundColor, ink: color, overflow }
  })

/** How bright a colour is, from 0 to 255. */
function brightness(rgb: string): number {
  const [red = 0, green = 0, blue = 0] = (rgb.match(/\d+/g) ?? []).map(Number)
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** How many pixels the messages have, where the composer ends, and how much is past the right edge. */
function spaceOf(page: Page): Promise<{ height: number; end: number; overflow: number }> {
  return page.evaluate(() => {
    const rectOf = (selector: string) => document.querySelector(selector)?.getBoundingClientRect()
    const { scrollWidth, clientWidth } = document.documentElement
    return {
      height: rectOf('#scroller')?.height ?? 0,
      end: rectOf('.composer')?.bottom ?? Infinity,
      overflow: scrollWidth - clientWidth,
    }
  })
}

describe('the page', () => {
  it('is light or dark as its visitor prefers, and fits a phone', async () => {
    await using stage = await Stage.open()
    const desk = { width: 1_200, height: 760 }
    const phone = { width: 390, height: 780 }
    const ada = await stage.visit('Ada Lovelace', { viewport: desk, colorScheme: 'light' })
    await ada.openRoom('Bird watchers')
    await ada.openRoom('Книжный клуб')
    const link = await ada.openRoom('Tea time')
    const ben = await stage.visit('Ben', { viewport: desk, colorScheme: 'dark', url: link })
    const cleo = await stage.visit('Cléo', { viewport: phone, isMobile: true, hasTouch: true, url: link })
    await cleo.draft.waitFor()

    await ada.say('Good morning! The kettle is on. Who would like what?')
    await ben.say('Anything green, please.')
    await ben.say('And is there any of that lemon cake left?')
    await ada.say('Two slices – I hid them behind the sencha.\nFirst come, first served.')
    await cleo.say('On my way. Save me one!')
    await ada.button('Set a topic').click()
    await ada.page
      .getByRole('textbox', { name: 'Topic of the room' })
      .fill('What is in the pot today, and who brings biscuits')
    await ada.page.keyboard.press('Enter')
    await ben.page.getByText('who brings biscuits').waitFor()
    await ada.message('behind the sencha').waitFor()
    await cleo.draft.pressSequentially('One more')
    for (const visitor of [ada, ben]) await visitor.page.getByText(/Cléo.* is typing/).waitFor()
    await ada.draft.focus()
    await ada.page.screenshot({ path: screenshot('light') })
    await ben.page.screenshot({ path: screenshot('dark') })
    await cleo.page.screenshot({ path: screenshot('phone') })
    await ada.button('Slow mode').click()
    await ben.page.getByText(/Slow mode:/).waitFor()
    await ben.page.screenshot({ path: screenshot('slow') })
    await ada.page.setViewportSize(phone)
    await ada.button('Close the room').click()
    await ada.page.getByText(/It will be gone in/).waitFor()
    await ada.page.screenshot({ path: screenshot('closing') })

    const [light, dark, small] = [await lookOf(ada), await lookOf(ben), await lookOf(cleo)]
    expect(brightness(light.background)).toBeGreaterThan(200)
    expect(brightness(light.ink)).toBeLessThan(80)
    expect(brightness(dark.background)).toBeLessThan(50)
    expect(brightness(dark.ink)).toBeGreaterThan(200)
    expect([light.overflow, dark.overflow, small.overflow]).toEqual([0, 0, 0])
  })

  it('leaves a third of a small phone to what is said, whatever the room is called and whoever reads', async () => {
    await using stage = await Stage.open()
    const [small, usual] = [
      { width: 320, height: 568 },
      { width: 375, height: 667 },
    ] as const
    const phone = { viewport: small, isMobile: true, hasTouch: true }
    const ada = await stage.visit('Ada Lovelace of Ockham Park', phone)

    for (const name of [
      'Tea time',
      'Weekend plans for all of us',
      'Averyveryverylongroomnamewithoutspaces40',
    ]) {
      await ada.page.goto(stage.url)
      const ben = await stage.visit('Ben', { ...phone, url: await ada.openRoom(name) })
      await ben.draft.waitFor()
      for (const [who, { page }] of Object.entries({ ada, ben })) {
        for (const viewport of [usual, small]) {
          await page.setViewportSize(viewport)
          await page.screenshot({ path: screenshot(`${viewport.width} ${name} ${who}`) })
          const { height, end, overflow } = await spaceOf(page)
          expect(height).toBeGreaterThan(viewport.height / 3)
          expect(end).toBeLessThanOrEqual(viewport.height)
          expect(overflow).toBe(0)
        }
      }
      await ben.leave()
    }
  })

  it('marks the room that one is in where colours are forced', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada', { forcedColors: 'active' })
    await ada.openRoom('Coffee break')
    await ada.openRoom('Tea time')

    const borderOf = (name: RegExp): Promise<string> =>
      ada.page.getByRole('link', { name }).evaluate((link) => getComputedStyle(link).borderStyle)
    await ada.page.screenshot({ path: screenshot('forced colours') })

    expect([await borderOf(/Coffee break/), await borderOf(/Tea time/)]).toEqual(['none', 'solid'])
  })
})
