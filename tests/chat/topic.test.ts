import { describe, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { stoppedClock } from './stopped-clock.ts'
import type { Visitor } from './visitor.ts'

async function editTopic(visitor: Visitor): Promise<void> {
  await visitor.button(/Set a topic|Edit topic/).click()
  await visitor.page.getByRole('textbox', { name: 'Topic of the room' }).waitFor()
}

describe('the topic', () => {
  it('is held by its moderator while it is edited: the others see by whom, and read and talk on', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    await editTopic(ada)
    await ben.page.getByText(/Ada.* is editing the topic…/).waitFor()
    await ben.say('Take your time')
    await ada.page.getByRole('textbox', { name: 'Topic of the room' }).fill('Which tea?')
    await ada.page.keyboard.press('Enter')

    await ben.page.getByText('Which tea?').waitFor()
    await ben.page.getByText(/is editing the topic/).waitFor({ state: 'hidden' })
    expect(await ben.button(/Set a topic|Edit topic/).count()).toBe(0)
  })

  it('is free again when whoever held it closes the tab', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()
    await editTopic(ada)
    await ben.page.getByText(/is editing the topic/).waitFor()

    await ada.leave()

    await expect.poll(() => ben.page.getByText(/is editing the topic/).isVisible()).toBe(false)
  })

  it('is free again when whoever holds it stops writing, and is taken back when they go on', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()

    await editTopic(ada)
    const held = ben.page.getByText(/is editing the topic/)
    await held.waitFor()
    clock.advance(15_000)
    await expect.poll(() => held.isVisible()).toBe(false)
    await ada.page.keyboard.type('Which tea?')
    await held.waitFor()
    await ada.page.keyboard.press('Enter')

    await ben.page.getByText('Which tea?').waitFor()
    // Ben may hear of it before Ada's own page does.
    const field = ada.page.getByRole('textbox', { name: 'Topic of the room' })
    await expect.poll(() => field.isVisible()).toBe(false)
  })

  it('is taken back once, however fast its moderator goes on writing', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()
    await editTopic(ada)
    const held = ben.page.getByText(/is editing the topic/)
    await held.waitFor()
    clock.advance(15_000)
    await expect.poll(() => held.isVisible()).toBe(false)

    // Two keystrokes before the server can answer the first.
    await ada.page.getByRole('textbox', { name: 'Topic of the room' }).evaluate((field) => {
      for (let stroke = 0; stroke < 2; stroke++) field.dispatchEvent(new Event('input'))
    })
    await held.waitFor()
    // A second request for the topic would have waited for long enough.
    clock.advance(500)
    await ada.page.keyboard.type('Which tea?')
    await ada.page.keyboard.press('Enter')

    await ben.page.getByText('Which tea?').waitFor()
  })

  it('is held once: the same moderator in another window has to wait, and reads so for as long', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada')
    const other = await ada.inAnotherTab(await ada.openRoom('Tea time'))
    await other.draft.waitFor()
    const connects = other.page.waitForEvent('websocket')
    await other.page.reload()
    const socket = await connects
    const held = other.page.getByText('You are editing the topic in another window.')

    await editTopic(ada)
    await held.waitFor()
    const refusal = new Promise<void>((resolve) => {
      socket.on('framereceived', ({ payload }) => {
        if (payload.toString().includes('WAIT_TIMEOUT')) resolve()
      })
    })
    await other.button('Set a topic').click()
    await refusal
    const meanwhile = await held.allTextContents()
    await ada.page.getByRole('textbox', { name: 'Topic of the room' }).fill('Which tea?')
    await ada.page.keyboard.press('Enter')
    await held.waitFor({ state: 'hidden' })

    expect(meanwhile).toHaveLength(1)
    expect(await other.complaints()).toBe('')
    await editTopic(other)
  })

  it('is not taken from whoever took it in another window, and is saved when it is free', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock })
    const ada = await stage.visit('Ada')
    const other = await ada.inAnotherTab(await ada.openRoom('Tea time'))
    await other.draft.waitFor()
    const held = ada.page.getByText('You are editing the topic in another window.')

    await editTopic(ada)
    const elsewhere = other.page.getByText('You are editing the topic in another window.')
    await elsewhere.waitFor()
    clock.advance(15_000)
    await elsewhere.waitFor({ state: 'hidden' })
    await editTopic(other)
    await held.waitFor()
    await ada.page.getByRole('textbox', { name: 'Topic of the room' }).fill('Which tea?')
    await ada.page.keyboard.press('Enter')
    await other.page.keyboard.press('Escape')

    await other.page.getByText('Which tea?').waitFor()
    expect(await held.isVisible()).toBe(false)
    expect(await ada.complaints()).toBe('')
  })
})
