import { describe, expect, it } from 'vitest'
import { Line } from './line.ts'
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

    await ben.button('Change').click()
    await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Benedict')
    await ben.button('Come in').click()

    await expect.poll(() => ada.here()).toEqual(['Ada (you)', 'Benedict'])
  })
})
