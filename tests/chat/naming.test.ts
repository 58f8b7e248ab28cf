import { describe, expect, it } from 'vitest'
import { Stage } from './stage.ts'
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
    expect(
      await ada.page
        .getByRole('alert')
        .allTextContents()
        .then((texts) => texts.join('')),
    ).toBe('')
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
