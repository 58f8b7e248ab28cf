import { describe, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { stoppedClock } from './stopped-clock.ts'
import type { Visitor } from './visitor.ts'

/** What a moderator can do with the room now. */
async function possible({ page }: Visitor): Promise<string[]> {
  const group = page.getByRole('group', { name: 'This room' })
  return group.locator('button:enabled').allTextContents()
}

describe('the life of a room', () => {
  it('enables exactly what the room can take now, to its moderator and nobody else', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    await expect.poll(() => possible(ada)).toEqual(['Slow mode', 'Close the room'])
    await ada.button('Slow mode').click()
    await expect.poll(() => possible(ada)).toEqual(['End slow mode', 'Close the room'])
    await ada.button('Close the room').click()
    await expect.poll(() => possible(ada)).toEqual(['Do not close it'])

    await ben.page.getByText(/Ada.* is closing this room\./).waitFor()
    expect(await ben.page.getByRole('group', { name: 'This room' }).isVisible()).toBe(false)
  })

  it('lets nobody post twice within ten seconds of slow mode, and says why', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ada.button('Slow mode').click()
    await ben.page.getByText('Slow mode: one message every 10 seconds.').waitFor()

    await ben.say('One')
    await ben.post('Two')
    await ben.message('Two').getByText('Slow mode: one message every 10 seconds.').waitFor()
    await ada.say('Three')
    clock.advance(10_000)
    await ben.button('Try again').click()
    await ada.message('Two').waitFor()

    expect(await ada.said()).toEqual(['One', 'Three', 'Two'])
  })

  it('goes on where it was when its moderator cancels the countdown', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    await ada.button('Close the room').press('Enter')
    await ben.page.getByText(/It will be gone in \d+ s\./).waitFor()
    await expect
      .poll(() => ada.page.evaluate(() => document.activeElement?.textContent))
      .toBe('Do not close it')
    await ada.page.keyboard.press('Enter')
    await ben.page.getByText(/is closing this room/).waitFor({ state: 'hidden' })
    clock.advance(60_000)
    await ben.say('Still here')

    await ada.message('Still here').waitFor()
    await expect.poll(() => possible(ada)).toEqual(['Slow mode', 'Close the room'])
  })

  it('is as slow as it was while it is being closed, and says so', async () => {
    await using stage = await Stage.open({ clock: stoppedClock() })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })

    await ada.button('Slow mode').click()
    await ada.button('Close the room').click()
    await ben.page.getByText(/is closing this room/).waitFor()

    expect(await ben.page.getByText('Slow mode: one message every 10 seconds.').isVisible()).toBe(true)
  })

  it('ends with a goodbye to everybody in it, and frees its name', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.fill('I was about to say')

    await ada.button('Close the room').click()
    await ben.page.getByText(/is closing this room/).waitFor()
    clock.advance(30_000)

    for (const { page } of [ada, ben]) {
      await page.getByRole('heading', { name: /Tea time.* has closed/ }).waitFor()
      await page.getByText(/Ada.* closed it\. Goodbye!/).waitFor()
      await expect.poll(() => page.getByRole('navigation').getByRole('link').count()).toBe(0)
    }
    await ben.button('Open it again').click()
    await ben.draft.waitFor()
    expect(await ben.draft.inputValue()).toBe('I was about to say')
  })
})
