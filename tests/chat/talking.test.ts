import { describe, expect, it } from 'vitest'
import { FakeClock } from '@livestore-kv/core/testing'
import { Stage } from './stage.ts'

describe('talking', () => {
  it('begins with a name, which may not be empty, and is remembered', async () => {
    await using stage = await Stage.open()
    const { page } = await stage.welcome()
    const name = page.getByRole('textbox', { name: 'Your name' })

    await page.keyboard.press('Escape')
    await name.fill(' ')
    await name.press('Enter')
    await page.getByText('That is empty.').waitFor()
    await name.fill(' Ada  Lovelace ')
    await name.press('Enter')
    await page.getByText('None yet.').waitFor()
    await page.reload()
    await page.getByText('None yet.').waitFor()

    expect(await page.locator('#me-name').textContent()).toBe('Ada Lovelace')
    expect(await name.isVisible()).toBe(false)
  })

  it('lets one open a room, another join by its link, and both talk', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    const ben = await stage.welcome(link)
    await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Ben')
    await ben.button('Come in').click()

    await ada.say('Which one today?')
    await ben.message('Which one today?').waitFor()
    await ben.say('The green one.')
    await ada.message('The green one.').waitFor()

    expect(await ben.heading.textContent()).toBe('Tea time')
    expect(await ada.said()).toEqual(['Which one today?', 'The green one.'])
    expect(await ben.said()).toEqual(await ada.said())
    expect(await ada.page.locator('.author').allTextContents()).toEqual(['Ada', 'Ben'])
  })

  it('shows rooms to everybody as they are opened', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben')
    await ben.page.getByText('None yet.').waitFor()

    const link = await ada.openRoom('Tea time')
    await ben.page.getByRole('link', { name: /Tea time/ }).click()
    await ben.draft.waitFor()

    expect(ben.page.url()).toBe(link)
  })

  it('goes on for somebody who left the room for a moment', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    // Faster than the server can answer: what belongs to the first stay must not end the second.
    await ben.page.evaluate(() => {
      const [lobby, room] = ['.back', '#rooms a'].map((each) => document.querySelector<HTMLElement>(each))
      for (let times = 0; times < 3; times++) {
        lobby?.click()
        room?.click()
      }
    })
    await ben.draft.waitFor()
    await ada.say('Welcome back')

    await ben.message('Welcome back').waitFor()
    expect(await ben.said()).toEqual(['Welcome back'])
  })

  it('shows of each room what was said in it, however fast one goes from one to the other', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Coffee break')
    await ada.say('Black')
    await ada.openRoom('Tea time')
    await ada.say('Green')
    const seen: string[][] = []

    for (const [name, text] of [
      ['Coffee break', 'Black'],
      ['Tea time', 'Green'],
    ] as const) {
      await ada.page.getByRole('link', { name }).click()
      await ada.message(text).waitFor()
      seen.push(await ada.said())
    }

    expect(seen).toEqual([['Black'], ['Green']])
  })

  it('lets authors edit and delete what they said, and nobody else', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ada.say('Gren')
    await ada.say('Never mind')
    await ben.message('Never mind').waitFor()

    const toBen = await ben.button('Edit').count()
    await ada.message('Gren').hover()
    await ada.message('Gren').getByRole('button', { name: 'Edit' }).click()
    await ada.page.getByRole('textbox', { name: 'Your message' }).fill('Green')
    await ada.page.keyboard.press('Enter')
    await ben.message('Green').waitFor()
    await ada.message('Never mind').hover()
    await ada.message('Never mind').getByRole('button', { name: 'Delete' }).click()
    await ada.button('Really delete?').click()

    await expect.poll(() => ben.said()).toEqual(['Green'])
    expect(toBen).toBe(0)
    expect(await ben.page.locator('.text.edited').count()).toBe(1)
  })

  it('keeps what was being written into a message that is deleted elsewhere', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    await ada.say('Gren')
    const other = await ada.inAnotherTab(link)

    await ada.draft.fill('By the way')
    await ada.message('Gren').hover()
    await ada.message('Gren').getByRole('button', { name: 'Edit' }).click()
    await ada.page.getByRole('textbox', { name: 'Your message' }).fill('Green tea')
    await other.message('Gren').hover()
    await other.message('Gren').getByRole('button', { name: 'Delete' }).click()
    await other.button('Really delete?').click()
    await ada.page.getByRole('alert').filter({ hasText: 'is gone' }).waitFor()

    expect(await ada.draft.inputValue()).toBe('By the way\nGreen tea')
    expect(await ada.page.evaluate(() => document.activeElement?.id)).toBe('draft')
    expect(await ada.said()).toEqual([])
  })

  it('asks in red, under the pointer too, whether a message is really to be deleted', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    await ada.say('Never mind')
    const colours = (): Promise<string[]> =>
      ada.button('Really delete?').evaluate((button) => {
        const { backgroundColor, color } = getComputedStyle(button)
        return [backgroundColor, color]
      })

    await ada.message('Never mind').hover()
    await ada.button('Delete').click()
    const underThePointer = await colours()
    await ada.page.mouse.move(0, 0)

    expect(underThePointer).toEqual(await colours())
  })

  it('tells the others who is typing, and not oneself', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    await ada.draft.pressSequentially('Hm')
    await ben.page.getByText(/Ada.* is typing…/).waitFor()
    const toAda = await ada.page.locator('#typing').textContent()
    await ada.draft.press('Enter')

    await expect.poll(() => ben.page.locator('#typing').textContent()).toBe('')
    expect(toAda).toBe('')
    expect(await ben.said()).toEqual(['Hm'])
  })

  it('tells of nobody that they are typing who was long ago', async () => {
    await using stage = await Stage.open({ clock: new FakeClock(Date.now() - 60_000) })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()
    await ben.page.evaluate(() => {
      const line = document.querySelector('#typing')
      const heard = new MutationObserver(() => (document.body.dataset['typed'] = 'true'))
      if (line) heard.observe(line, { childList: true })
    })

    await ada.draft.pressSequentially('Hm')
    await ada.draft.press('Enter')
    await ben.message('Hm').waitFor()

    expect(await ben.page.locator('body').getAttribute('data-typed')).toBe(null)
  })

  it('shows any Unicode as it was written, and markup as text', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('<b>Ada</b> 👩🏽‍🔬')
    const link = await ada.openRoom('<script>alert(1)</script> 茶 שלום')
    const ben = await stage.visit('Ben', { url: link })
    const alarms: string[] = []
    ben.page.on('dialog', (dialog) => void dialog.dismiss().then(() => alarms.push(dialog.message())))
    const texts = [
      '<img src=x onerror="alert(document.domain)">',
      '<svg/onload=alert(2)> &amp; &lt;',
      'مرحبا ‮abc‬ 👨‍👩‍👧‍👦 नमस्ते Z̷̢̛͓a̶l̵g̷o',
      '{{constructor}} __proto__ ${1}',
    ]

    for (const text of texts) await ada.say(text)
    await ben.message('__proto__').waitFor()

    expect(await ben.said()).toEqual(texts)
    expect(await ben.heading.textContent()).toBe('<script>alert(1)</script> 茶 שלום')
    expect(await ben.page.locator('.author').first().textContent()).toBe('<b>Ada</b> 👩🏽‍🔬')
    expect(await ben.page.locator('.message img, .message svg, h1 script, .author b').count()).toBe(0)
    expect(alarms).toEqual([])
  })

  it('refuses a message that is too long, and keeps it to be shortened', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')

    await ada.draft.fill('x'.repeat(1_001))
    await ada.draft.press('Enter')
    await ada.page.getByText('That is too long: 1000 characters at most.').waitFor()
    const kept = await ada.draft.inputValue()
    await ada.draft.fill('🍵'.repeat(1_000))
    await ada.draft.press('Enter')

    await expect.poll(() => ada.said()).toEqual(['🍵'.repeat(1_000)])
    expect(kept).toHaveLength(1_001)
  })
})
