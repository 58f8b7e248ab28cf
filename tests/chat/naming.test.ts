import { describe, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { stoppedClock } from './stopped-clock.ts'
import type { Visitor } from './visitor.ts'

async function rename(visitor: Visitor, name: string): Promise<void> {
  if (await visitor.button('Rename').first().isVisible()) await visitor.button('Rename').first().click()
  const field = visitor.page.getByRole('textbox', { name: 'Name of the room' })
  await field.fill(name)
  await field.press('Enter')
}

describe('naming', () => {
  it('lets the moderator rename a room, and shows the name to everybody', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })

    await rename(ada, '  Coffee   break ')

    await expect.poll(() => ben.heading.textContent()).toBe('Coffee break')
    await ben.page.getByRole('link', { name: /Coffee break/ }).waitFor()
    expect(await ben.button('Rename').count()).toBe(0)
  })

  it('refuses a name that is empty, too long or taken, and says why', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Straße')
    await ada.openRoom('Tea time')

    await rename(ada, ' \u{200b} ')
    await ada.page.getByText('That is empty.').waitFor()
    await rename(ada, '茶'.repeat(41))
    await ada.page.getByText('That is too long: 40 characters at most.').waitFor()
    await rename(ada, 'STRASSE')
    await ada.page.getByText('There is a room of that name already.').waitFor()
    await ada.page.keyboard.press('Escape')

    expect(await ada.heading.textContent()).toBe('Tea time')
    expect(await ada.complaints()).toBe('')
  })

  it('says that a name was not taken until another is written', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    const fields = [
      ada.page.getByRole('textbox', { name: 'Open a room' }),
      ada.page.getByRole('textbox', { name: 'Name of the room' }),
    ]
    await ada.button('Rename').first().click()

    for (const field of fields) {
      await field.fill('')
      await field.press('Enter')
      await ada.page.getByText('That is empty.').waitFor()
      const wasInvalid = await field.getAttribute('aria-invalid')
      await field.fill('Coffee break')

      expect([wasInvalid, await field.getAttribute('aria-invalid')]).toEqual(['true', 'false'])
      expect(await ada.complaints()).toBe('')
    }
  })

  it('refuses to open a room of a name that is taken, or one too many', async () => {
    await using stage = await Stage.open({ maxRooms: 1 })
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    const open = async (name: string): Promise<void> => {
      await ada.page.getByRole('textbox', { name: 'Open a room' }).fill(name)
      await ada.button('Open').click()
    }

    await open('TEA TIME')
    await ada.page.getByText('There is a room of that name already.').waitFor()
    await open('Coffee break')
    await ada.page.getByText('There is no place for another room now.').waitFor()

    expect(await ada.page.getByRole('navigation').getByRole('link').count()).toBe(1)
  })
})

describe('the name of a person', () => {
  it('is one in all of their tabs', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    const ben = await stage.visit('Ben', { url: link })
    const other = await ada.inAnotherTab(link)
    await other.draft.waitFor()

    await other.rename('Lady Ada')
    await expect.poll(() => ada.page.locator('#me-name').textContent()).toBe('Lady Ada')
    await ada.say('Good morning')

    for (const visitor of [ada, other, ben]) {
      await visitor.message('Good morning').waitFor()
      expect(await visitor.page.locator('.author').allTextContents()).toEqual(['Lady Ada'])
    }
    await expect.poll(() => ben.here()).toEqual(['Lady Ada', 'Ben (you)'])
  })

  it('is the one that the server stamped, whatever the page foresaw', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')

    // No other tab tells this one of it.
    await ada.page.evaluate(() => localStorage.setItem('name', 'Lady Ada'))
    await ada.say('Good morning')

    await expect.poll(() => ada.page.locator('.author').allTextContents()).toEqual(['Ada'])
  })

  it('reaches whatever says who moderates a room', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    await ada.rename('Lady Ada')
    await ben.page.getByRole('link', { name: /Tea time.*by .*Lady Ada/ }).waitFor()
    await ada.button('Set a topic').click()
    await ben.page.getByText(/Lady Ada.* is editing the topic…/).waitFor()
    await ada.page.keyboard.press('Escape')
    await ada.button('Close the room').click()
    await ben.page.getByText(/Lady Ada.* is closing this room\./).waitFor()
    clock.advance(30_000)

    const goodbye = ben.page.locator('#gone-text')
    await expect.poll(() => goodbye.textContent()).toMatch(/Lady Ada.* closed it\. Goodbye!/)
  })

  it('stands above what was said under it', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })

    await ada.say('One')
    await ada.say('Two')
    await ada.rename('Lady Ada')
    await ada.say('Three')
    await ben.message('Three').waitFor()

    const heads = ben.page.locator('.message:not(.follows) .author')
    expect(await heads.allTextContents()).toEqual(['Ada', 'Lady Ada'])
  })
})
