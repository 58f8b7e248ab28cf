import { describe, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { stoppedClock } from './stopped-clock.ts'

const MINUTE = 60_000

describe('a room', () => {
  it('counts down while it is idle, and starts anew when somebody talks', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock, idleMs: 10 * MINUTE })
    const ada = await stage.visit('Ada')
    await ada.openRoom('Tea time')
    const countdown = ada.page.getByRole('timer')

    await expect.poll(() => countdown.textContent()).toMatch(/^(10:00|9:5\d)$/)
    clock.advance(4 * MINUTE)
    await ada.say('Still here')

    // The page's own time did not move, so the later end is further away.
    await expect.poll(() => countdown.textContent()).toMatch(/^(14:00|13:[45]\d)$/)
  })

  it('warns in its last minute, and stays open for whoever asks', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock, idleMs: MINUTE })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ada.page.getByText('the room closes in less than a minute').waitFor()

    clock.advance(MINUTE / 2)
    await ben.button('Keep it open').click()

    for (const { page } of [ada, ben]) {
      const warning = page.getByText('the room closes in less than a minute')
      await expect.poll(() => warning.isVisible()).toBe(false)
    }
  })

  it('tells everybody in it that it closed, frees its name, and can be opened again', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock, idleMs: MINUTE })
    const ada = await stage.visit('Ada')
    const link = await ada.openRoom('Tea time')
    const ben = await stage.visit('Ben', { url: link })
    await ben.draft.fill('I was about to say')

    clock.advance(2 * MINUTE)
    for (const visitor of [ada, ben]) {
      await visitor.page.getByRole('heading', { name: /Tea time.* has closed/ }).waitFor()
      await visitor.page.getByText('It was quiet for too long.').waitFor()
    }
    const rooms = await ada.page.getByRole('navigation').getByRole('link').count()
    await ben.button('Open it again').click()
    await ben.draft.waitFor()

    expect(rooms).toBe(0)
    expect(ben.page.url()).not.toBe(link)
    expect(await ben.draft.inputValue()).toBe('I was about to say')
    await ada.page.getByRole('link', { name: /Tea time/ }).waitFor()
  })

  it('is joined by whoever would open it again where somebody else has', async () => {
    const clock = stoppedClock()
    await using stage = await Stage.open({ clock, idleMs: MINUTE })
    const ada = await stage.visit('Ada')
    const ben = await stage.visit('Ben', { url: await ada.openRoom('Tea time') })
    await ben.draft.waitFor()
    clock.advance(2 * MINUTE)
    for (const { page } of [ada, ben]) await page.getByRole('heading', { name: /has closed/ }).waitFor()

    await ada.button('Open it again').click()
    await ada.draft.waitFor()
    await ben.button('Open it again').click()
    await ben.draft.waitFor()

    expect(ben.page.url()).toBe(ada.page.url())
  })

  it('says so when its link leads nowhere', async () => {
    await using stage = await Stage.open()
    const ada = await stage.visit('Ada', { url: `${stage.url}rooms/6f1c2a4e-3d0b-4a35-9d57-6d3f2b6c9a01` })

    await ada.page.getByRole('heading', { name: 'There is no such room' }).waitFor()
    await ada.page.getByText('A room is gone when it has closed').waitFor()

    expect(await ada.button('Open it again').count()).toBe(0)
  })
})
