import { describe, expect, it } from 'vitest'
import { Line } from './line.ts'
import { screenshot } from './screenshot.ts'
import { Stage } from './stage.ts'

/** Longer than any test: whoever is gone before it has said so. */
const FOR_EVER = 600_000

describe('who is here', () => {
  it('is shown to everybody in the room, each by their name and oneself marked', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    await expect.poll(() => ada.here()).toEqual(['Ada (you)'])

    const ben = await stage.visit('Ben', { url: link })

    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Ben'])
    await expect.poll(() => ben.here()).toEqual(['Ada', 'Ben (you)'])
  })

  it('loses at once whoever closes the tab or leaves the room', async () => {
    await using stage = await Stage.open({ awayMs: FOR_EVER })
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    const ben = await stage.visit('Ben', { url: link })
    const cleo = await stage.visit('Cléo', { url: link })
    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Ben', 'Cléo'])

    await ben.leave()
    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Cléo'])
    await cleo.page.getByRole('link', { name: 'Livestore chat' }).click()

    await expect.poll(() => ada.here()).toEqual(['Ada (you)'])
  })

  it('shows somebody with two tabs once, and until the last of them is closed', async () => {
    await using stage = await Stage.open({ awayMs: FOR_EVER })
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    const ben = await stage.visit('Ben', { url: link })
    const again = await ben.inAnotherTab(link)
    await expect.poll(() => again.here()).toEqual(['Ada', 'Ben (you)'])
    const one = await ada.here()

    await ben.leave()
    // Told after whatever the closed tab said.
    await again.say('Still here')
    await ada.message('Still here').waitFor()
    const still = await ada.here()
    await again.leave()

    await expect.poll(() => ada.here()).toEqual(['Ada (you)'])
    expect([one, still]).toEqual([
      ['Ada (you)', 'Ben'],
      ['Ada (you)', 'Ben'],
    ])
  })

  it('loses whoever is cut off after a while, and has them back with the connection', async () => {
    await using stage = await Stage.open({ awayMs: 500 })
    const ada = await stage.visit('Ada')
    const { pathname } = new URL(await ada.openRoom('Tea time'))
    await using line = await Line.to(stage.url)
    const ben = await stage.visit('Ben', { url: new URL(pathname, line.url).href })
    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Ben'])

    line.cut()
    await expect.poll(() => ada.here()).toEqual(['Ada (you)'])
    line.mend()
    await ben.page.getByText('Connected again.').waitFor()

    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Ben'])
    await expect.poll(() => ben.here()).toEqual(['Ada', 'Ben (you)'])
  })

  it('follows a new name', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Ben'])

    await ben.rename('Benedict')

    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Benedict'])
  })

  it('says how many more there are than find a place, and shows them to whoever asks', async () => {
    await using stage = await Stage.open()
    const phone = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true }
    const ada = await stage.visit('Ada', phone)
    const link = await ada.openRoom('Tea time')
    for (const name of [
      'Bartholomew of Saxe',
      'Christina of Sweden',
      'Diana of Wales',
      'Edward of Woodstock',
    ]) {
      const visitor = await stage.visit(name, { url: link })
      await visitor.draft.waitFor()
    }

    await ada.button('+3 more').waitFor()
    const inSight = (): Promise<number> =>
      ada.page.locator('#here').evaluate((list) => {
        const { bottom } = list.getBoundingClientRect()
        return [...list.children].filter((item) => item.getBoundingClientRect().bottom <= bottom).length
      })
    const few = await inSight()
    await ada.page.screenshot({ path: screenshot('crowd') })
    await ada.button('+3 more').click()
    const all = await inSight()
    await ada.button('Fewer').click()
    await ada.page.setViewportSize({ width: 1_200, height: 760 })

    expect([few, all]).toEqual([2, 5])
    await expect.poll(() => ada.button('+3 more').isVisible()).toBe(false)
    expect(await inSight()).toBe(5)
  })
})
