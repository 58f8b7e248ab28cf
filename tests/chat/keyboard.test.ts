import { describe, expect, it } from 'vitest'
import { Stage } from './stage.ts'

describe('the keyboard', () => {
  it('is enough for everything', async () => {
    await using stage = await Stage.open()
    const { page } = await stage.visit('Ada')
    const { keyboard } = page
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const element = document.activeElement
        return element?.getAttribute('aria-label') ?? element?.id ?? element?.textContent ?? ''
      })
    const tabTo = async (name: string, key = 'Tab'): Promise<void> => {
      for (let presses = 0; presses < 20 && (await focused()) !== name; presses++) await keyboard.press(key)
      expect(await focused()).toBe(name)
    }

    // Opens a room, and is where one writes.
    await tabTo('open-room-name')
    await keyboard.type('Tea time')
    await keyboard.press('Enter')
    await expect.poll(focused).toBe('draft')

    // Says something on two lines.
    await keyboard.type('One')
    await keyboard.press('Shift+Enter')
    await keyboard.type('two')
    await keyboard.press('Enter')
    await expect.poll(() => page.locator('.message .text').allTextContents()).toEqual(['One\ntwo'])

    // Recalls it, changes its mind, recalls it again and changes it.
    await keyboard.press('ArrowUp')
    await expect.poll(focused).toBe('Your message')
    await keyboard.type('Nothing')
    await keyboard.press('Escape')
    expect(await page.locator('.message .text').allTextContents()).toEqual(['One\ntwo'])
    await tabTo('draft')
    await keyboard.press('ArrowUp')
    await keyboard.type('Three')
    await keyboard.press('Enter')
    await expect.poll(() => page.locator('.message .text').allTextContents()).toEqual(['Three'])

    // Renames the room.
    await tabTo('name-edit', 'Shift+Tab')
    await keyboard.press('Enter')
    await expect.poll(focused).toBe('name-input')
    await keyboard.type('Coffee break')
    await keyboard.press('Enter')
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Coffee break')
    expect(await focused()).toBe('name-edit')

    // Sets the topic, and leaves it as it was.
    await tabTo('topic-edit')
    await keyboard.press('Enter')
    await expect.poll(focused).toBe('topic-input')
    await keyboard.press('Escape')
    expect(await focused()).toBe('topic-edit')

    // Deletes the message, in two presses.
    await tabTo('Messages')
    await keyboard.press('Tab')
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    await keyboard.press('Enter')
    await expect.poll(() => page.locator('.message').count()).toBe(0)
  })

  it('always shows where it is', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    await ada.say('Hello')

    const unmarked: string[] = []
    for (let presses = 0; presses < 14; presses++) {
      await ada.page.keyboard.press('Tab')
      const mark = await ada.page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return 'nowhere'
        const { outlineStyle } = getComputedStyle(element)
        const around = getComputedStyle(element.closest('form') ?? element).boxShadow
        return outlineStyle !== 'none' || around !== 'none' ? '' : element.outerHTML
      })
      if (mark && mark !== 'nowhere') unmarked.push(mark)
    }

    expect(unmarked).toEqual([])
  })
})
