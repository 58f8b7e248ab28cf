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
})
